// What the Node services have in common: they say who they are, keep running, and stop on a signal.
// In the profile `demo` they also work every few seconds.

const net = require("node:net");

exports.run = function run(does) {
  const name = process.env.PM2_PROCESS_NAME ?? "a service without a name";
  const agent = process.env.AGENT_NAME;
  console.log(`${name}: ${does}${agent ? ` for ${agent}` : ""}`);
  const every = Number(process.env.DEMO_EVERY_MS ?? 60_000) + 100 * name.length;
  let count = 0;
  const alive = setInterval(() => {
    if (process.env.DEMO_STORE) {
      count += 1;
      console.log(`${does}: ${count}`);
      store(name);
    }
  }, every);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      console.log(`${name}: stopped`);
      clearInterval(alive);
      process.exit(0);
    });
  }
};

// What is found goes to the stand-in for MongoDB.
function store(name) {
  const [host, port] = process.env.DEMO_STORE.split(":");
  const socket = net.connect(Number(port), host, () => socket.end(`${name}\n`));
  socket.on("error", (error) => console.error(`not stored: ${error.code}`));
}
