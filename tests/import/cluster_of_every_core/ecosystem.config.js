module.exports = {
  apps: [
    {
      name: "api",
      script: "./dist/server.js",
      instances: "max",
      exec_mode: "cluster_mode",
      instance_var: "INSTANCE_ID",
      increment_var: "PORT",
      port: 3000,
      wait_ready: true,
      listen_timeout: 50000,
      kill_timeout: 5000,
      max_memory_restart: "1G",
      exp_backoff_restart_delay: 100,
      source_map_support: true,
    },
  ],
};
