const token = process.env.GITHUB_TOKEN;
if (!token) throw new Error("GITHUB_TOKEN is not set");
const limits = JSON.parse(process.env.LIMITS || "{}");

module.exports = {
  apps: [{ name: "sync", script: "sync.js", env: { GITHUB_TOKEN: token, PER_HOUR: limits.hour ?? 60 } }],
};
