// A member of a cluster that listens a while after it has started and is slow to end: for SLOW
// milliseconds after it was asked to, when the file UNTIL is there, or not before it is killed.
const fs = require('fs');
const server = require('http').createServer((request, response) => response.end());
setTimeout(() => server.listen(0, '127.0.0.1'), Number(process.env.DELAY || 0));
process.on('SIGINT', () => {
  const { UNTIL } = process.env;
  if (UNTIL) setInterval(() => fs.existsSync(UNTIL) && process.exit(0), 50);
  if (process.env.SLOW !== 'never') setTimeout(() => process.exit(0), Number(process.env.SLOW));
});
