module.exports = {
  apps: [
    { name: "all", script: "a.js" },
    { name: "3000", script: "b.js" },
    { name: "twice", script: "c.js" },
    { name: "twice", script: "d.js" },
    { name: "Payments (EU)", script: "e.js" },
    { name: "a,b", script: "f.js" },
  ],
};
