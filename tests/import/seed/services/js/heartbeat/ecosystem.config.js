const { defineApp } = require("../../../dev/pm2Helpers");

module.exports = {
  apps: [defineApp("heartbeat", ".", [], { cwd: __dirname })],
};
