const { defineApp } = require("../../../dev/pm2Helpers");

module.exports = {
  apps: [defineApp("llm", ".", [], { cwd: __dirname })],
};
