const api = { namespace: "api", env: { REGION: "eu", DB: "main" } };

module.exports = {
  apps: [
    { ...api, name: "api_http", script: "http.js" },
    { ...api, name: "api_grpc", script: "grpc.js" },
    { name: "mailer", namespace: "jobs", script: "mailer.js" },
    { name: "cleaner", namespace: "jobs", script: "cleaner.js", cron_restart: "0 4 * * *", autorestart: false },
    { name: "plain", namespace: "default", script: "plain.js" },
  ],
};
