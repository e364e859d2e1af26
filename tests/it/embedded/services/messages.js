// Says that it is ready, unless it is to be silent, and ends when it is told to by a message.
if (process.argv[2] === 'silent') {
  setInterval(() => {}, 1000);
} else {
  process.on('message', (message) => {
    console.log(`told: ${message}`);
    if (message === 'shutdown') process.exit(0);
  });
  process.on('SIGINT', () => console.log('a signal'));
  process.send({ type: 'log', data: 'x'.repeat(200000) });
  process.send('not ready');
  setTimeout(() => process.send('ready'), 300);
}
