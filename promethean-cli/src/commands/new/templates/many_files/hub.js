const { createServer } = require("node:http");

createServer((request, answer) => {
  const name = request.url.slice(1);
  if (name) console.log(`${name} is here`);
  answer.end();
}).listen(process.env.PORT, "127.0.0.1");
