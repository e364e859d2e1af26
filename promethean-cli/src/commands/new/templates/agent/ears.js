const { createServer } = require("node:http");

let heard = "nothing";
createServer((request, answer) => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  if (searchParams.has("say")) heard = searchParams.get("say");
  answer.end(pathname === "/health" ? "ok\n" : `${heard}\n`);
}).listen(process.env.PORT, "127.0.0.1");
