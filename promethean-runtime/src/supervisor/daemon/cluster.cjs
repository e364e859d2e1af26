// The primary of a cluster: it forks the workers that the engine asks for, and shares among them what they listen
// on. The engine writes an order in each line of standard input, and reads a report in each line of standard output.
'use strict';

const cluster = require('cluster');
const fs = require('fs');
const { signals } = require('os').constants;

process.title = 'promethean: the primary of a cluster';

const workers = new Map();

const say = (report) => fs.writeSync(1, `${JSON.stringify(report)}\n`);

// A worker gets the variables that the engine gives it, and no others.
for (const name of Object.keys(process.env)) delete process.env[name];

const fork = ({ worker: number, exec, args, execArgv, cwd, env, out, err, uid, gid }) => {
  const files = [];
  const failed = (error) => say({ failed: { worker: number, why: `${error && error.message}` } });
  try {
    for (const path of [out, err]) files.push(fs.openSync(path, 'w'));
    const stdio = ['ignore', ...files, 'ipc'];
    const setup = cluster.setupPrimary || cluster.setupMaster;
    setup({ exec, args, execArgv, cwd, uid, gid, stdio, silent: false, windowsHide: true });
    const worker = cluster.fork(env);
    const { pid } = worker.process;
    worker.on('error', (error) => pid === undefined && failed(error));
    if (pid === undefined) return;
    workers.set(number, worker);
    say({ forked: { worker: number, pid } });
    worker.on('message', (message) => message === 'ready' && say({ ready: { worker: number } }));
    worker.once('listening', () => say({ listening: { worker: number } }));
    worker.once('disconnect', () => say({ drained: { worker: number } }));
    worker.once('exit', (code, signal) => {
      if (workers.get(number) === worker) workers.delete(number);
      say({ exited: { worker: number, code, signal: signal ? signals[signal] : null } });
    });
  } catch (error) {
    failed(error);
  } finally {
    for (const file of files) fs.closeSync(file);
  }
};

// Whoever has ended, or is about to, takes no messages.
const tell = (number, what) => {
  const worker = workers.get(number);
  if (!worker) return;
  try { what(worker); } catch { /* it has ended */ }
};

const carryOut = (order) => {
  if (order.fork) fork(order.fork);
  else if (order.shutdown !== undefined) tell(order.shutdown, (worker) => worker.send('shutdown'));
  else if (order.drain !== undefined) tell(order.drain, (worker) => worker.disconnect());
};

let rest = Buffer.alloc(0);
process.stdin.on('data', (bytes) => {
  rest = Buffer.concat([rest, bytes]);
  for (let end; (end = rest.indexOf(10)) >= 0;) {
    const line = rest.subarray(0, end).toString();
    rest = rest.subarray(end + 1);
    carryOut(JSON.parse(line));
  }
});

// The engine is gone, or needs no workers any more.
process.stdin.on('end', () => {
  for (const worker of workers.values()) worker.process.kill('SIGKILL');
  process.exit();
});
