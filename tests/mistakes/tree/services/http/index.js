require("node:http").createServer((_, response) => response.end("ok\n")).listen(Number(process.env.PORT));
