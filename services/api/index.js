let t=Date.now(); console.log("start"); require("http").createServer((q,a)=>{ if (Date.now()-t>4000) return; a.end("ok")}).listen(process.env.PORT,"127.0.0.1");
