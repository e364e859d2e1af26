const path = require("path");
const root = path.resolve(__dirname, "..");

module.exports = {
  apps: [
    { name: "front", cwd: path.join(root, "front"), script: "server.js", env: { ASSETS: path.join(root, "assets") } },
    { name: "back", cwd: `${root}/back`, script: `${root}/back/src/main.js`, args: ["--config", `${root}/back/config.json`] },
  ],
};
