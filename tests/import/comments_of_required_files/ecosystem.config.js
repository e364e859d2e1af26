// The chat system.
const { service } = require("./lib/service.js");
const shared = require("./lib/environment");

module.exports = {
  apps: [
    service("chat-web", 3000),
    service("chat-bot", 3001, { TOKEN: process.env.BOT_TOKEN }), // talks to people
    // deliberately without the shared environment
    { name: "cleaner", script: "./cleaner.js", env: { KEEP: shared.KEEP } },
  ],
};
