const { defineApp } = require("../../../dev/pm2Helpers");

module.exports = {
  apps: [defineApp("proxy", ".", [], { cwd: __dirname })],
};
