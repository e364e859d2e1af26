// What every service has.
const shared = require("./environment");
const { port } = require("./port");

exports.service = (name, number, extra = {}) => ({
  name,
  script: "./server.js",
  // it drains its queue first
  kill_timeout: 30000,
  env: {
    ...shared,
    // behind the proxy
    PORT: port(number),
    ...extra,
  },
});
