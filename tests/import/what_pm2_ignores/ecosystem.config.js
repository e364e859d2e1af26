module.exports = {
  apps: [
    {
      name: "api",
      script: "api.js",
      max_restart: 5,
      watch_ignore: ["logs"],
      auto_restart: true,
      dependsOn: ["db"],
      description: "The API",
      watch: ["src", "sources"],
      max_restarts: 0,
      autorestart: false,
      merge_logs: false,
      vizion: false,
    },
    {
      name: "nightly",
      script: "nightly.js",
      cron_restart: "0 3 * * *",
      autorestart: false,
      autostart: false,
    },
  ],
};
