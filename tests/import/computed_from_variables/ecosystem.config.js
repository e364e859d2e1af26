const port = Number(process.env.PORT || 3000);
const [host] = (process.env.ADDRESS || "localhost:80").split(":");

module.exports = {
  apps: [
    {
      name: "api",
      script: "index.js",
      watch: process.env.NODE_ENV !== "production",
      env: {
        PORT: port,
        WS_PORT: port + 1,
        HOST: host,
        NODE_ENV: process.env.NODE_ENV || "development",
        API_BASE: process.env.API_BASE || process.env.API_URL || "http://127.0.0.1:7777",
        LOUD: process.env.WORD && process.env.WORD.toUpperCase(),
        URL: `http://${process.env.NAME || "localhost"}:8080`,
      },
    },
    {
      name: "web",
      script: "index.js",
      env: { PORT: port + 2, REGION: process.env.REGION || "eu", ZONE: process.env.ZONE || "a" },
    },
  ],
};
