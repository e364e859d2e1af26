const path = require("path");
const bots = { duck: { channel: "450688080542695436", title: "Duck" }, owl: { channel: "450688080542695437", title: "Owl" } };

const agent = (name, { channel, title }) =>
  ["talk", "listen", "remember"].map((part) => ({
    name: `${name}_${part}`,
    cwd: path.join(__dirname, "services", part),
    script: ".",
    restart_delay: 5000,
    env: { AGENT: title, CHANNEL: channel, LANGUAGE: "en", ...(part === "talk" && name === "owl" ? { VOICE: "deep" } : {}) },
  }));

module.exports = {
  apps: [...Object.entries(bots).flatMap(([name, bot]) => agent(name, bot)), { name: "vectors", script: "./vectors.sh" }],
};
