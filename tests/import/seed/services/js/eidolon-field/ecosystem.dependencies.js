module.exports = {
  apps: [{ name: "mongodb", script: "mongod", args: "--dbpath data/mongodb", interpreter: "none" }],
};
