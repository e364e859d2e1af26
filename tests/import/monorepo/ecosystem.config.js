const path = require("path");

const packages = ["gateway", "accounts", "billing", "mailer"];

const service = (name, overrides = {}) => ({
  name: `shop-${name}`,
  cwd: path.join(__dirname, "packages", name),
  script: "dist/main.js",
  node_args: ["--enable-source-maps", "--max-old-space-size=512"],
  max_memory_restart: "600M",
  out_file: path.join(__dirname, "logs", `shop-${name}.out.log`),
  error_file: path.join(__dirname, "logs", `shop-${name}.err.log`),
  merge_logs: true,
  kill_timeout: 5000,
  ...overrides,
  env: { NODE_ENV: "production", LOG_LEVEL: "info", ...overrides.env },
});

module.exports = {
  apps: packages.map((name, index) =>
    service(name, { env: { PORT: 4000 + index, SERVICE: name } }),
  ),
};
