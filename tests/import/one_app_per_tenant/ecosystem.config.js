// Hundreds of apps out of one loop.
const tenants = Array.from({ length: 300 }, (_, index) => `tenant-${index + 1}`);

module.exports = {
  apps: tenants.map((tenant, index) => ({
    name: tenant,
    script: "server.js",
    instances: 1,
    exec_mode: "fork",
    max_memory_restart: "150M",
    out_file: `/var/log/tenants/${tenant}.log`,
    env: { TENANT: tenant, PORT: 10000 + index, NODE_ENV: "production" },
  })),
};
