require("http").createServer((q,a)=>a.end("pid "+process.pid+"\n")).listen(process.env.PORT,"127.0.0.1",()=>process.send && process.send("ready"));
