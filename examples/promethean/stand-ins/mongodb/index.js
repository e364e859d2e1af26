// Stands in for MongoDB in the profile `demo`: takes lines, and says how many it has and from whom.
const net = require("node:net");

const name = process.env.PM2_PROCESS_NAME ?? "mongodb-stand-in";
const documents = new Map();

const server = net.createServer((socket) => {
  let text = "";
  socket.on("data", (data) => {
    text += data;
  });
  socket.on("error", () => {});
  socket.on("end", () => {
    for (const line of text.split("\n").filter(Boolean)) {
      documents.set(line, (documents.get(line) ?? 0) + 1);
      console.log(`document ${documents.get(line)} of ${line}`);
    }
  });
});

server.listen(Number(process.env.PORT), "127.0.0.1", () => console.log(`${name}: keeps documents`));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    console.log(`${name}: stopped`);
    process.exit(0);
  });
}
