const { defineApp } = require("../../../dev/pm2Helpers");

module.exports = {
  apps: [defineApp("vision", ".", [], { cwd: __dirname })],
};
