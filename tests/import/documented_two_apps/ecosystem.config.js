// PM2's own first example.
module.exports = {
  apps: [
    {
      name: "worker",
      script: "./worker.js",
      watch: true,
      env: { NODE_ENV: "development" },
      env_production: { NODE_ENV: "production" },
    },
    { name: "api-app", script: "./api.js", instances: 4, exec_mode: "cluster" },
  ],
};
