const { createServer } = require("node:http");

createServer(async (request, answer) => {
  if (request.url === "/health") return answer.end("ok\n");
  await fetch(process.env.DATABASE_URL, { method: "POST", body: `a job from ${request.url}` });
  answer.end("a worker does it\n");
}).listen(process.env.PORT, "127.0.0.1", () => {
  console.log(`open http://127.0.0.1:${process.env.PORT}`);
});
