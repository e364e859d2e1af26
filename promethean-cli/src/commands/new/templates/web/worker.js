async function work() {
  const job = await (await fetch(process.env.DATABASE_URL, { method: "DELETE" })).text();
  if (job) console.log(`does ${job}`);
}

work();
setInterval(work, 1_000);
