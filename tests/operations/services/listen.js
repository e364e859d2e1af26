// Listens a while after it has started, and writes down when it does; answers with what it was
// told to say.
const fs = require('fs');

const stamp = (what) => {
  const now = process.hrtime.bigint() - started + base;
  if (process.env.STAMPS) fs.appendFileSync(process.env.STAMPS, `${what} ${now}\n`);
};
const started = process.hrtime.bigint();
const base = BigInt(Date.now()) * 1000000n;

stamp(process.env.NAME);
setTimeout(() => {
  const server = require('http').createServer((request, response) => {
    response.setHeader('connection', 'close');
    response.end(process.env.SAYS || '');
  });
  server.listen(process.env.LISTEN, '127.0.0.1', () => {
    stamp(`${process.env.NAME}:listens`);
    console.log('listening');
  });
  // Who is asked to end answers first those who have asked already.
  process.on('SIGINT', () => server.close(() => process.exit(0)));
}, Number(process.env.DELAY || 0));
