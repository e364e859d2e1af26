export default {
  name: "beta", // Beta ranks.
  env: { PORT: 8002, ALPHA: "http://127.0.0.1:8001", MODEL: process.env.MODEL ?? "small" },
};
