// What the Node services have in common: they say who they are, keep running, and stop on a signal.

exports.run = function run(does) {
  const name = process.env.PM2_PROCESS_NAME ?? "a service without a name";
  const agent = process.env.AGENT_NAME;
  console.log(`${name}: ${does}${agent ? ` for ${agent}` : ""}`);
  const alive = setInterval(() => {}, 60_000);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      console.log(`${name}: stopped`);
      clearInterval(alive);
      process.exit(0);
    });
  }
};
