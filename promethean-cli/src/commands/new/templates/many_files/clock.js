fetch(process.env.HUB);
setInterval(() => console.log(new Date().toLocaleTimeString()), 10_000);
