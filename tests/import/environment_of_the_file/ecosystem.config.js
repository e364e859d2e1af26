process.env.NODE_ENV = process.env.NODE_ENV || "production";
process.env.TZ = "UTC";
module.exports = { apps: [
  { name: "a", script: "a.js", env: { TZ: "Europe/Berlin" } },
  { name: "b", script: "b.js" },
] };
