// Writes down what it was started with, in the file that SEEN names and one more for each instance.
const fs = require('fs');
const { argv, execArgv, env } = process;
const seen = { argv: argv.slice(1), execArgv, directory: process.cwd(), main: require.main === module, env };
const file = env.SEEN + (env.NODE_APP_INSTANCE ?? '');
fs.writeFileSync(`${file}.part`, JSON.stringify(seen, null, 1));
fs.renameSync(`${file}.part`, file);
setInterval(() => {}, 1000);
