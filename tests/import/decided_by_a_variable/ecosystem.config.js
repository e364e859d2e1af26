const isProduction = process.env.NODE_ENV === "production";
const isLoud = process.env.LOUD === "yes";

const service = (name, port) => ({
  name,
  script: isProduction ? "dist/index.js" : "src/index.js",
  instances: isProduction ? 4 : 1,
  exec_mode: "cluster",
  watch: isProduction ? false : ["src"],
  wait_ready: isProduction,
  env: { PORT: port, LEVEL: isLoud ? "debug" : "info", MODE: process.env.UNUSED === "x" ? "a" : "a" },
});

module.exports = { apps: [service("api", 3001), service("web", 3002)] };
