require("dotenv").config();

module.exports = {
  apps: [
    {
      name: "bot",
      script: "bot.js",
      env: {
        TELEGRAM_TOKEN: process.env.TELEGRAM_TOKEN,
        ADMIN_ID: process.env.ADMIN_ID,
        MODE: process.env.BOT_MODE || "polling",
      },
    },
    { name: "panel", script: "panel.js", env: { PORT: Number(process.env.PANEL_PORT) || 8080 } },
  ],
};
