const { createServer } = require("node:http");

// A queue in memory: POST puts a text in, DELETE takes one out.
const queue = [];
createServer((request, answer) => {
  if (request.method === "DELETE") return answer.end(queue.shift() ?? "");
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    if (request.method === "POST") queue.push(text);
    answer.end(`${queue.length} in the queue\n`);
  });
}).listen(process.env.PORT, "127.0.0.1");
