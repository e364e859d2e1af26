// Evaluates a configuration in several environments, each in a thread with `evaluate.cjs`, and writes the
// answers to standard output, in the order of the requests, as JSON between two boundaries. `null` is a thread
// without an answer, `{"late":true}` one that took too long.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { Worker } = require("node:worker_threads");

const { requests, milliseconds, atOnce, boundary } = JSON.parse(fs.readFileSync(0, "utf8"));

function answer(request) {
  return new Promise((resolve) => {
    const thread = new Worker(path.join(__dirname, "evaluate.cjs"), { workerData: request });
    let said = "null";
    const late = setTimeout(() => {
      said = '{"late":true}';
      thread.terminate();
    }, milliseconds);
    thread.once("message", (text) => (said = text));
    // It is `null` then.
    thread.once("error", () => {});
    thread.once("exit", () => {
      clearTimeout(late);
      resolve(said);
    });
  });
}

(async () => {
  const answers = [];
  let next = 0;
  const work = async () => {
    while (next < requests.length) {
      const index = next;
      next += 1;
      answers[index] = await answer(requests[index]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const bytes = Buffer.from(`\n${boundary}[${answers.join(",")}]${boundary}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += fs.writeSync(1, bytes, written);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
  process.exit(0);
})();
