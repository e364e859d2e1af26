module.exports = {
  apps: [
    { name: "web", script: "npm", args: "start", cwd: "./web" },
    { name: "admin", script: "npm", args: "run dev -- --port 3001", cwd: "./admin" },
    { name: "docs", script: "npm", args: ["run", "serve"], interpreter: "none" },
    { name: "next", script: "node_modules/next/dist/bin/next", args: "start -p 3002" },
    { name: "yarn-app", script: "yarn", args: "workspace app start" },
    { name: "served", script: "npx", args: "serve -s build -l 5000" },
  ],
};
