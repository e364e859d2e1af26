module.exports = {
  apps: [{ name: "app", script: "app.js", env: { ...process.env, NODE_ENV: "production" } }],
};
