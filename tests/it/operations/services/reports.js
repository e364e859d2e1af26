// A member of a cluster that listens and says that it is ready, where DOES says so; or it does not say it, or
// fails.
if (process.env.DOES === 'fail') process.exit(3);
const server = require('http').createServer((request, response) => response.end());
server.listen(0, '127.0.0.1', () => {
  if (process.env.DOES === 'report') process.send('ready');
});
