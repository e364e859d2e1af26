module.exports = {
  apps: [
    {
      name: "api",
      script: "./api.js",
      env: { LEVEL: process.env.LEVEL, NOTHING: null, PORT: Number(process.env.BASE_PORT ?? 3000) },
    },
  ],
};
