async function speak() {
  const heard = await (await fetch(process.env.EARS)).text();
  console.log(`${process.env.AGENT_NAME} has heard ${heard.trim()}`);
}

speak();
setInterval(speak, 5_000);
