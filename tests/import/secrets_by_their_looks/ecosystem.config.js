module.exports = { apps: [
  { name: "bot", script: "bot.js", args: "--api-key hunter2 --level 3 --hook=https://hooks.slack.com/services/T00/B00/hunter2",
    env: {
      K: "sk-live-hunter2hunter2hunter2",
      HOOK: "https://discord.com/api/webhooks/1/hunter2",
      SETTINGS: { retries: 3, password: "hunter2" },
      URL: "http://localhost:3000",
    } },
  { name: "sync", script: "curl -H 'x: ghp_hunter2hunter2hunter2hunter2' http://localhost" },
] };
