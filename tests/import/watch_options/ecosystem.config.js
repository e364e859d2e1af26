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
    {
      name: "misspelt",
      script: "a.js",
      watch: "lib",
      watch_options: { usePollin: true, usePolling: "true", followSymlinks: 0, interval: "250", atomic: 150, ignored: ["dist", /tmp/], persistent: null },
    },
    { name: "nothing", script: "a.js", watch: true, watch_options: { pollInterval: 5, awaitWriteFinish: [1] } },
    { name: "pattern", script: "a.js", watch: true, ignore_watch: [/node_modules/] },
  ],
};
