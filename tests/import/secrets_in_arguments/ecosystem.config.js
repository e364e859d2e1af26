module.exports = { apps: [
  { name: "listed", script: "bot.js", args: ["--token", process.env.BOT_TOKEN, "--port", "3000"] },
  { name: "split", script: "bot.js", args: "--token hunter2secret --verbose" },
  { name: "joined", script: "bot.js", args: `--token=${process.env.BOT_TOKEN} --verbose` },
  { name: "with-defaults", script: "bot.js", args: ["--token", process.env.BOT_TOKEN || "hunter2", "--level", process.env.LEVEL || "info"] },
  { name: "two", script: "bot.js", args: ["--url=postgres://app:hunter2@db/app", "--api-key", "hunter2"], env: { TOKEN: "hunter2" } },
  { name: "of-bash", script: "python -m bot --api-key hunter2" },
  { name: "put-together", script: "python -m bot --token " + process.env.BOT_TOKEN },
  { name: "of-node", script: "bot.js", node_args: ["--title=x", process.env.OPTIONS] },
] };
