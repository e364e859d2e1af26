// Writes down what tells it from the others of its app, in a file with the name of its process.
const fs = require('fs');
const { DIRECTORY, GENERATION, NODE_APP_INSTANCE, WORKER, COUNTED } = process.env;
const file = `${DIRECTORY}/${process.pid}`;
const numbers = [GENERATION, NODE_APP_INSTANCE, WORKER, COUNTED];
fs.writeFileSync(`${file}.part`, numbers.map((number) => number ?? '-').join(' '));
fs.renameSync(`${file}.part`, file);
setInterval(() => {}, 1000);
