// The tools of the assistant, each a small server.
const tool = (name, port, extra = {}) => ({
  name: `tool-${name}`,
  cwd: `./services/tool-${name}`,
  script: "dist/server.js",
  node_args: "--enable-source-maps",
  max_memory_restart: "200M",
  restart_delay: 5000,
  // Quiet
  env: { PORT: port, LOG_LEVEL: "info", PUBLIC_URL: `http://127.0.0.1:${port}`, ...extra },
  env_production: { LOG_LEVEL: "warn" },
});

module.exports = {
  apps: [
    tool("files", 3001),
    tool("git", 3002),
    tool("github", 3003, { GITHUB_TOKEN: process.env.GITHUB_TOKEN }),
    tool("search", 3004),
    // This one is slow.
    tool("sql", 3005, { POOL_SIZE: 4 }),
    { name: "mail", script: "./mail.js", env: { PORT: 3006 } },
    { name: "queue", script: "./queue.py", interpreter: "python3", env: { WORKERS: 4 } },
    { name: "clock", script: "./clock.sh", cron_restart: "0 4 * * *" },
  ],
};
