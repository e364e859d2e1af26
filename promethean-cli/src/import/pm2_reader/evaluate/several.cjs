// Evaluates a configuration in several environments, each in a thread with `evaluate.cjs`, and answers in
// the order of the requests. `null` is a thread
// without an answer, `{"late":true}` one that took too long.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { MessageChannel, Worker, receiveMessageOnPort } = require("node:worker_threads");

const write = require("./answer.cjs");
const { requests, milliseconds, atOnce, boundary } = JSON.parse(fs.readFileSync(0, "utf8"));

function answer(request) {
  return new Promise((resolve) => {
    // The configuration has no other end of it.
    const { port1: answers, port2: port } = new MessageChannel();
    const workerData = { request, port };
    const thread = new Worker(path.join(__dirname, "evaluate.cjs"), { workerData, transferList: [port] });
    const late = setTimeout(() => {
      // It does not end as long as a program runs that it waits for.
      thread.terminate();
      resolve('{"late":true}');
    }, milliseconds);
    // There is no answer then.
    thread.once("error", () => {});
    thread.once("exit", () => {
      clearTimeout(late);
      resolve(receiveMessageOnPort(answers)?.message ?? "null");
      answers.close();
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
  write(`[${answers.join(",")}]`, boundary);
  // Its end would wait for threads that do not end.
  process.kill(process.pid, "SIGKILL");
})();
