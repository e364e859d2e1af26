module.exports = {
  apps: [
    {
      name: "dev",
      script: "src/index.js",
      watch: ["src", "config/*.json"],
      watch_delay: 1000,
      ignore_watch: ["node_modules", "public/uploads", "\\.git", "*.log"],
      watch_options: { followSymlinks: false, usePolling: true, interval: 1500, awaitWriteFinish: { stabilityThreshold: 200 } },
    },
    { name: "pattern", script: "a.js", watch: true, ignore_watch: [/node_modules/] },
  ],
};
