const { defineApp } = require("../../../dev/pm2Helpers");

module.exports = {
  apps: [defineApp("embedding_service", "pipenv", ["run", "python", "-m", "main"], { cwd: __dirname })],
};
