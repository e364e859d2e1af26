module.exports = {
  apps: [
    {
      name: "api",
      script: "api.js",
      max_memory_restart: "1.5G",
      min_uptime: 50,
      watch: { paths: ["src"] },
      autorestart: "true",
      cron_restart: "0 25 * * *",
    },
  ],
};
