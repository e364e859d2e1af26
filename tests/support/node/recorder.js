// Says how it was started, as one line of JSON.
"use strict";

const [, , ...args] = process.argv;
process.stdout.write(`${JSON.stringify({ args, directory: process.cwd(), env: process.env })}\n`);
