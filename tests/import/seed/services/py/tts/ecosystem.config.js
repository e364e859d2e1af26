const { defineApp } = require("../../../dev/pm2Helpers");

module.exports = {
  apps: [defineApp("tts", "pipenv", ["run", "python", "-m", "main"], { cwd: __dirname })],
};
