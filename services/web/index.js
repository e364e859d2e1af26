console.log(process.env.NODE_ENV); require("http").createServer((q,a)=>a.end("x")).listen(process.env.PORT);
