module.exports = { apps: [{ name: "web", script: "index.js", env: {
  A: 2592000, B: 1800000, C: 86400, D: 10485760, E: 2592000000, F: 300000, G: 30000,
  GUILD: 450688080542695436, CHANNEL: "450688080542695437",
} }] };
