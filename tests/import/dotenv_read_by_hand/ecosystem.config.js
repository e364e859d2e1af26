const fs = require("fs");

for (const line of fs.readFileSync(__dirname + "/.env", "utf8").split("\n")) {
  const [name, value] = line.split("=");
  if (name) process.env[name] ??= value;
}

module.exports = {
  apps: [{ name: "bot", script: "bot.js", env: { API_KEY: process.env.API_KEY, MODE: process.env.MODE } }],
};
