module.exports = {
  apps: [
    { name: "web", script: "web.js", user: "www-data", gid: 33, filter_env: ["SSH_", "AWS_"], treekill: false, append_env_to_name: true },
    { name: "root", script: "root.js", uid: 0, filter_env: "SECRET", vizion: false, automation: false, pmx: false, shutdown_with_message: true },
  ],
};
