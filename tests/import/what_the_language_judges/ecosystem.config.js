module.exports = {
  apps: [
    { name: "blue", script: "server.js", port: 8080 },
    { name: "green", script: "server.js", port: 8080 },
    { name: "Blue", script: "server.js" },
    { name: "yearly", script: "y.js", cron_restart: "0 0 30 2 *" },
    { name: "both", script: "z.js", restart_delay: 1000, exp_backoff_restart_delay: 100 },
    { name: "many", script: "./many.sh", exec_mode: "cluster", instances: 2, wait_ready: true },
  ],
};
