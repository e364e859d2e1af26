module.exports = {
  apps: [{ name: "site", script: "server.js", env_production: { NODE_ENV: "production" } }],
  deploy: {
    production: {
      key: "~/.ssh/deploy",
      user: "deploy",
      host: ["10.0.0.1", "10.0.0.2"],
      ref: "origin/main",
      repo: "git@example.org:site.git",
      path: "/var/www/site",
      "post-deploy": "npm ci && pm2 reload ecosystem.config.js --env production",
      env: { DEPLOY_TOKEN: "never-to-be-seen" },
    },
  },
};
