const { defineApp } = require("../../../dev/pm2Helpers");

module.exports = {
  apps: [defineApp("markdown-graph", ".", [], { cwd: __dirname })],
};
