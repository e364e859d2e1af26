const { defineApp } = require("../../../dev/pm2Helpers");

module.exports = {
  apps: [defineApp("file-watcher", ".", [], { cwd: __dirname })],
};
