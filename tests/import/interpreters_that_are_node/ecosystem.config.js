module.exports = {
  apps: [
    { name: "typed", script: "server.ts", interpreter: "node" },
    { name: "bundled", script: "worker.ts", interpreter: "bun" },
    { name: "debian", script: "app.js", interpreter: "nodejs", exec_mode: "cluster", instances: 2 },
    { name: "ready", script: "bin/serve", interpreter: "/opt/node/bin/nodejs", wait_ready: true },
    { name: "ts", script: "bin/jobs", interpreter: "ts-node", instances: 4 },
    { name: "exporter", script: "config", interpreter: "node_exporter", exec_mode: "cluster", shutdown_with_message: true },
  ],
};
