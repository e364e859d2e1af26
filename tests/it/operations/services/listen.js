// Listens a while after it has started, or when what AFTER names has happened, and writes down when
// it does; answers with what it was told to say.
const cluster = require('cluster');
const fs = require('fs');

const stamp = (what) => {
  const now = process.hrtime.bigint() - started + base;
  if (process.env.STAMPS) fs.appendFileSync(process.env.STAMPS, `${what} ${now}\n`);
};
const started = process.hrtime.bigint();
const base = BigInt(Date.now()) * 1000000n;

const listen = () => {
  const server = require('http').createServer((request, response) => {
    response.setHeader('connection', 'close');
    response.end(process.env.SAYS || '');
  });
  server.listen(process.env.LISTEN, '127.0.0.1', () => {
    stamp(`${process.env.NAME}:listens`);
    console.log('listening');
  });
  // Who is asked to end answers first those who have asked already. In a cluster the primary learns
  // of it first: a connection that it hands to a worker that ends is lost.
  process.on('SIGINT', () => {
    if (cluster.isWorker) cluster.worker.disconnect();
    else server.close(() => process.exit(0));
  });
};
const after = process.env.AFTER;
const happened = () => fs.readFileSync(process.env.STAMPS, 'utf8').includes(`${after} `);
const poll = () => (!after || happened() ? listen() : setTimeout(poll, 20));

stamp(process.env.NAME);
setTimeout(poll, Number(process.env.DELAY || 0));
