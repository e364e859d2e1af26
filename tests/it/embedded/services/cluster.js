// A member of a cluster that takes a while to answer, and for SIGINT ends at once.
const fs = require('fs');
const http = require('http');

fs.appendFileSync('pids', `${process.pid}\n`);
console.log(JSON.stringify({
  argv: process.argv.slice(1),
  execArgv: process.execArgv,
  cwd: process.cwd(),
  environment: process.env,
}));
console.error('and complains');
const { GENERATION, NODE_APP_INSTANCE, PORT } = process.env;
const server = http.createServer((request, response) => {
  if (request.url === '/exit') process.exit(7);
  setTimeout(() => response.end(`${GENERATION} ${NODE_APP_INSTANCE} ${process.pid}`), 50);
});
server.listen(Number(PORT), '127.0.0.1');
