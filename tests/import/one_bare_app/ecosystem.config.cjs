module.exports = { script: "./src/bot.js", maxMemoryRestart: "1G" };
