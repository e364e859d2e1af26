const { DATABASE_URL, REGION = "eu" } = process.env;

module.exports = {
  apps: [
    {
      name: `api-${REGION}`,
      script: "server.js",
      instances: process.env.WEB_CONCURRENCY || 2,
      max_memory_restart: process.env.MEMORY,
      watch: process.env.NODE_ENV !== "production",
      env: {
        DATABASE_URL,
        REGION,
        REDIS: `redis://${process.env.REDIS_HOST}:6379`,
        API_KEY: process.env.API_KEY,
        PORT: parseInt(process.env.PORT, 10) || 3000,
        SESSION_SECRET: process.env.SESSION_SECRET || "change-me",
      },
    },
  ],
};
