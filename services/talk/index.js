console.log(process.env.AGENT_NAME, process.env.DISCORD_TOKEN ? "has token" : "none"); setInterval(()=>{},1000);
