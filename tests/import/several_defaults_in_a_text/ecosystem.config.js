const { HOME, API_HOST, API_PORT, WS_PATH, DB_USER, DB_PASSWORD, DB_HOST, ZONE, CACHE } = process.env;

module.exports = {
  apps: [
    {
      name: "web",
      script: "./web.js",
      env: {
        API_URL: `http://${API_HOST || "localhost"}:${API_PORT || 4000}/v1`,
        WS_URL: `ws://${API_HOST ?? "localhost"}:${API_PORT ?? 4000}/${WS_PATH ?? "live"}`,
        // its password has no default
        DATABASE_URL: `postgres://${DB_USER || "app"}:${DB_PASSWORD}@${DB_HOST || "localhost"}/app`,
        // and here it has one
        REPLICA_URL: `postgres://${DB_USER || "app"}:${DB_PASSWORD || "hunter2"}@replica.lan/app`,
        CACHE_DIR: `${HOME}/.cache/${CACHE || "web"}`,
        BUCKET: `${ZONE}-${CACHE || "web"}`,
        LOGS: `https://bot:hunter2@${API_HOST || "logs.lan"}/${ZONE}`,
      },
    },
  ],
};
