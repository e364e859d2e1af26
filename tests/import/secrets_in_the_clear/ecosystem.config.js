module.exports = {
  apps: [
    {
      name: "alpha",
      script: "bot.js",
      env: { BOT_TOKEN: "111:aaaa", DATABASE_URL: "postgres://app:hunter2@db/app", TOKEN_TTL: "3600" },
    },
    {
      name: "beta",
      script: "bot.js",
      env: { BOT_TOKEN: "222:bbbb", DATABASE_URL: "postgres://app:hunter2@db/app", TOKEN_TTL: "3600" },
    },
  ],
};
