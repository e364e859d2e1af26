module.exports = {
  apps: [
    {
      name: "gateway",
      cwd: "./gateway",
      script: "./index.js",
      env: {
        PORT: 8080,
        PUBLIC_URL: "http://localhost:8080",
        // Where the models are
        MODELS_URL: "http://localhost:3001/v1",
        BACKENDS: "http://localhost:3001,http://localhost:3002",
        SEARCH: "localhost:3002",
        // The name of a queue, and no address.
        QUEUE: "http://localhost:3002x/first",
        EVENTS: "ws://127.0.0.1:3002/events",
        DOCS_URL: process.env.DOCS_URL || "http://localhost:3003",
        DATABASE: "localhost:5432",
        // Two listen on 4000, so it may be either.
        EITHER: "http://localhost:4000",
        // Its port is another in production.
        SITE_URL: "http://localhost:3005",
      },
    },
    { name: "models", cwd: "./models", script: "./index.js", env: { PORT: "3001" } },
    { name: "search", cwd: "./search", script: "./index.js", port: 3002, env: { HOST: "localhost" } },
    { name: "Docs", cwd: "./docs", script: "npm", args: "run docs", env: { PORT: 3003 }, env_production: { API: "http://localhost:8080/api" } },
    { name: "blue", cwd: "./blue", script: "./index.js", env: { PORT: 4000 } },
    { name: "green", cwd: "./blue", script: "./index.js", env: { PORT: 4000 } },
    { name: "site", cwd: "./site", script: "./index.js", env: { PORT: 3005 }, env_production: { PORT: 80 } },
    { name: "admin", cwd: "./admin", script: "./index.js", env: { PORT: 3006 }, env_production: { PORT: 81 } },
    { name: "worker", script: "./worker.js", args: "--models http://localhost:3001 --docs=http://localhost:3003/x", instances: 2, exec_mode: "fork", env: { PORT: 3007 } },
    { name: "chosen", script: "./chosen.js", env: { PORT: process.env.CHOSEN_PORT || 3008 } },
  ],
};
