const { defineApp } = require("../../../dev/pm2Helpers");

module.exports = {
  apps: [defineApp("stt", "pipenv", ["run", "python", "-m", "main"], { cwd: __dirname })],
};
