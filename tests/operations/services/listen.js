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
  require('http')
    .createServer((request, response) => response.end(process.env.SAYS || ''))
    .listen(process.env.LISTEN, '127.0.0.1', () => {
      stamp(`${process.env.NAME}:listens`);
      console.log('listening');
    });
}, Number(process.env.DELAY || 0));
