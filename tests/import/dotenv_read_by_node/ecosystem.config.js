process.loadEnvFile(".env");

module.exports = {
  apps: [{ name: "bot", script: "bot.js", env: { API_KEY: process.env.API_KEY, MODE: process.env.MODE } }],
};
