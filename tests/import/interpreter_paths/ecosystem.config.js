module.exports = {
  apps: [
    { name: "old", script: "legacy.js", interpreter: "/opt/node-12/bin/node" },
    { name: "nvm", script: "modern.js", interpreter: "node@20.11.0" },
    { name: "ts", script: "src/index.ts", interpreter: "node_modules/.bin/ts-node", interpreter_args: "-r tsconfig-paths/register" },
    { name: "babel", script: "src/index.js", interpreter: "babel-node", node_args: "--presets @babel/preset-env" },
  ],
};
