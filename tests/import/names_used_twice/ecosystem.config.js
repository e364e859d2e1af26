module.exports = { apps: [
  { name: "web", namespace: "blue", script: "web.js" },
  { name: "web", namespace: "green", script: "web.js" },
  { name: "all", script: "all.js" },
  { name: "7", script: "seven.js" },
] };
