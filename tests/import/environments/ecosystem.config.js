const common = { LOG_LEVEL: "info", TZ: "UTC" };

module.exports = {
  apps: ["api", "worker", "scheduler"].map((name) => ({
    name,
    script: `dist/${name}.js`,
    env: { ...common, NODE_ENV: "development" },
    env_staging: { NODE_ENV: "staging", LOG_LEVEL: "debug" },
    env_production: { NODE_ENV: "production" },
    env_development: { ...common, NODE_ENV: "development" },
  })),
};
