// Answers questions about configurations with PM2's own code and Node's: one JSON object a line in,
// one a line out.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const readline = require("node:readline");

// PM2 prints while it reads; standard output is for the answers.
process.env.PM2_SILENT = "true";
process.env.PM2_PROGRAMMATIC = "true";
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
console.log = console.error;

const modules = process.argv[2];
const fromPm2 = (name) => require(path.join(modules, "pm2", name));
const Config = fromPm2("lib/tools/Config.js");
const Common = fromPm2("lib/Common.js");
const yaml = require(path.join(modules, "js-yaml"));
const dotenv = require(path.join(modules, "dotenv"));
const croner = require(path.join(modules, "croner"));

// PM2's name for a key of a configuration.
function canonical(key) {
  const schema = Config.schema;
  if (Object.hasOwn(schema, key)) return key;
  return Object.keys(schema).find((name) => (schema[name].alias ?? []).includes(key));
}

// What PM2's validator says of one app: its errors, and the keys it drops.
function validate(app) {
  const { errors, config } = Config.validateJSON(structuredClone(app));
  const dropped = Object.keys(app).filter((key) => !Object.hasOwn(config, canonical(key) ?? key));
  if (app.cron_restart !== undefined) {
    try {
      croner(app.cron_restart);
    } catch (error) {
      errors.push(error.message);
    }
  }
  return { errors, dropped };
}

const operations = {
  validate: ({ config }) => config.apps.map(validate),
  verify: ({ config }) => {
    const verified = Common.verifyConfs(structuredClone(config.apps));
    return verified instanceof Error ? { error: verified.message } : { apps: verified };
  },
  load: ({ file, env }) => {
    const before = { ...process.env };
    Object.assign(process.env, env);
    try {
      delete require.cache[require.resolve(file)];
      return { config: require(file) };
    } catch (error) {
      return { error: error.message };
    } finally {
      for (const key of Object.keys(process.env)) if (!Object.hasOwn(before, key)) delete process.env[key];
      Object.assign(process.env, before);
    }
  },
  yaml: ({ text }) => ({ config: yaml.load(text) }),
  dotenv: ({ text }) => dotenv.parse(text),
  cron: ({ pattern, after }) => {
    try {
      const next = croner(pattern).next(after === undefined ? undefined : new Date(after));
      return { next: next ? next.toISOString() : null };
    } catch (error) {
      return { error: error.message };
    }
  },
};

// What PM2 itself says of the facts that are written down.
const facts = {
  interpreters: () => fromPm2("lib/API/interpreter.json"),
  schema: () => fromPm2("lib/API/schema.json"),
  constants: () => fromPm2("constants.js"),
  // The mode that it starts a program in where none is written.
  mode: ({ interpreter, instances }) => {
    const app = { exec_interpreter: interpreter ?? process.execPath, env: {} };
    if (instances !== null) app.instances = instances;
    if (app.exec_interpreter.includes("node@")) nvm(app);
    Common.sink.determineExecMode(app);
    return app.exec_mode;
  },
  // Whether it starts a program inside a script of its own, through which it speaks with it.
  contains: ({ interpreter }) => {
    const app = { exec_interpreter: interpreter, env: {} };
    if (interpreter.includes("node@")) nvm(app);
    return forked(app.exec_interpreter).some((arg) => path.basename(arg).startsWith("ProcessContainerFork"));
  },
  // The time after which it kills an app.
  kill_timeout: ({ written }) => {
    const God = { checkProcess: () => true };
    fromPm2("lib/God/Methods.js")(God);
    const times = [];
    const { setTimeout: timeout, setInterval: interval } = globalThis;
    globalThis.setTimeout = (_, time) => times.push(time);
    globalThis.setInterval = (_, time) => times.push(time);
    try {
      God.processIsDead(1, written === null ? {} : { kill_timeout: written, kill_retry_time: written }, () => {});
    } finally {
      Object.assign(globalThis, { setTimeout: timeout, setInterval: interval });
    }
    return { kill_retry_time: times[0], kill_timeout: times[1] };
  },
  // Which paths a glob of its watcher matches.
  glob: ({ pattern, paths }) => {
    const resolved = require.resolve("anymatch", { paths: [modules] });
    const matcher = require(resolved).default(pattern, undefined, { dot: true });
    return paths.filter((path) => matcher(path));
  },
  // What its daemon does with one process, step by step.
  life: require("./life.js")(fromPm2, modules),
};

// PM2's way from `node@20` to a Node that nvm has installed.
function nvm(app) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "nvm-"));
  const version = app.exec_interpreter.split("@")[1];
  const program = path.join(directory, "versions/node", `v${version}`, "bin/node");
  fs.mkdirSync(path.dirname(program), { recursive: true });
  fs.symlinkSync(process.execPath, program);
  const before = process.env.NVM_DIR;
  process.env.NVM_DIR = directory;
  try {
    Common.sink.resolveInterpreter(Object.assign(app, { pm_exec_path: "/app.js" }));
  } finally {
    if (before === undefined) delete process.env.NVM_DIR;
    else process.env.NVM_DIR = before;
    fs.rmSync(directory, { recursive: true });
  }
}

// The arguments with which PM2 starts an interpreter, which is not started.
function forked(interpreter) {
  const child = require("node:child_process");
  const { spawn } = child;
  let told;
  child.spawn = (_, args) => {
    told = args;
    throw new Error("nothing is started");
  };
  const God = { logAndGenerateError: () => {} };
  try {
    fromPm2("lib/God/ForkMode.js")(God);
    const app = { name: "app", pm_id: 0, exec_interpreter: interpreter, pm_exec_path: "/app.js", pm_cwd: "/" };
    const logs = { pm_out_log_path: "/dev/null", pm_err_log_path: "/dev/null" };
    God.forkMode({ ...app, ...logs, node_args: [], args: [] }, () => {});
  } finally {
    child.spawn = spawn;
  }
  return told;
}

operations.fact = ({ name, ...question }) => facts[name](question) ?? null;

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const question = JSON.parse(line);
  try {
    answer(operations[question.operation](question));
  } catch (error) {
    answer({ thrown: String(error.stack ?? error) });
  }
});
