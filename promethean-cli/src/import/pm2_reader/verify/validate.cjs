// Answers what PM2's own validator makes of two configurations, the one that was imported and the one that
// the import emits, and what PM2 would start of each. It starts nothing.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const write = require("./answer.cjs");
const { package: directory, original, imported, samples, yaml, names, base, boundary } = JSON.parse(fs.readFileSync(0, "utf8"));
process.env.PM2_SILENT = "true";
process.env.PM2_PROGRAMMATIC = "true";
process.env.PM2_HOME = path.join(__dirname, "home");
const Config = require(path.join(directory, "lib/tools/Config.js"));

// What PM2 does with an app before it validates it (`verifyConfs` in lib/Common.js), without the
// users it looks up and the packages it installs there.
function prepared(app) {
  if (typeof app.exec_mode === "string") app.exec_mode = app.exec_mode.replace(/^(fork|cluster)$/, "$1_mode");
  for (const alias of ["cmd", "command"]) {
    if (app[alias] && !app.script) app.script = app[alias];
  }
  if (!app.env) app.env = {};
  if (app.execute_command === true) {
    app.exec_mode = "fork";
    delete app.execute_command;
  }
  const script = app.script ?? app.exec;
  if (typeof script === "string" && script.includes(" ")) {
    app.script = "bash";
    app.args = ["-c", script];
  }
  if (app.time) app.log_date_format = "YYYY-MM-DDTHH:mm:ss";
  if (app.automation === false) app.pmx = false;
  if (app.disable_trace) {
    app.trace = false;
    delete app.disable_trace;
  }
  if (app.instances === "max") app.instances = 0;
  if (typeof app.instances === "string") app.instances = parseInt(app.instances) || 0;
  return app;
}

const read = (apps) =>
  apps.map((app) => {
    const { errors, config } = Config.validateJSON(prepared(app));
    return { errors, config, start: errors.length === 0 ? start(config) : { unknown: "PM2 rejects it" } };
  });

// What only this shell has.
for (const name of ["PORT", "PYTHONUNBUFFERED"]) delete process.env[name];

// What a process of an app would be, by PM2's own preparation (`prepareAppConf` in lib/Common.js, `forkMode`
// in lib/God/ForkMode.js): the programs and their arguments, each file by its real path, the directory, and
// the variables that the app has of its own. Nothing is started or written.
const Common = require(path.join(directory, "lib/Common.js"));
const which = require(path.join(directory, "lib/tools/which.js"));

// `message` is the file that is not here, as it is written.
class Missing extends Error {}

function start(config) {
  const app = structuredClone(config);
  // PM2 would make their directories.
  for (const file of ["log_file", "out_file", "error_file", "pid_file"]) delete app[file];
  const interpreter = app.exec_interpreter ?? "";
  if (interpreter.includes("node@")) return { unknown: `PM2 chooses the Node of \`${interpreter}\`` };
  if (app.script === "serve") app.script = path.join(directory, "lib/API/Serve.js");
  const { script } = app;
  const before = { ...process.env };
  const prepared = Common.prepareAppConf({ cwd: base }, app);
  process.env = before;
  if (prepared instanceof Error) {
    if (prepared.message.startsWith("Script not found")) return { missing: script.replace(`${base}/`, "") };
    if (prepared.message.includes("is NOT AVAILABLE")) return { missing: interpreter };
    return { unknown: prepared.message.split("\n")[0] };
  }
  const cwd = prepared.pm_cwd;
  if (!fs.existsSync(cwd)) return { missing: path.relative(base, cwd) || "." };
  const own = [...Object.keys(config.env ?? {}), "PORT", "PYTHONUNBUFFERED"];
  const env = Object.fromEntries(Object.entries(prepared.env).filter(([key]) => own.includes(key)));
  const args = prepared.args ?? [];
  const line =
    prepared.exec_interpreter === "none"
      ? [prepared.pm_exec_path, ...args]
      : [prepared.exec_interpreter, ...(prepared.node_args ?? []), prepared.pm_exec_path, ...args];
  try {
    return { line: real(line.map(String), cwd), cwd: fs.realpathSync(cwd), env };
  } catch (error) {
    if (error instanceof Missing) return { missing: error.message.replace(`${base}/`, "") };
    return { unknown: String(error?.message ?? error).split("\n")[0] };
  }
}

// The file of a program.
function program(name, cwd) {
  const place = name.includes("/") ? path.resolve(cwd, name) : which(name);
  if (!place || !fs.existsSync(place)) throw new Missing(name);
  return fs.realpathSync(String(place));
}

// The line of what runs in the end: without `env`, with the interpreters that files name, and without a shell
// that is only given a program and its arguments.
function real(line, cwd) {
  const MOST = 8;
  for (let step = 0; step < MOST; step += 1) {
    const [name, ...args] = line;
    const place = program(name, cwd);
    const known = path.basename(place);
    if (known === "env" && args.length > 0 && !/^-|=/.test(args[0])) {
      line = args;
      continue;
    }
    const words = args.length === 2 && args[0] === "-c" && /^(ba|da)?sh$/.test(known) ? plain(args[1]) : null;
    if (words) {
      line = words;
      continue;
    }
    // What it finds depends on the path that it is started by.
    if (/^python[\d.]*$/.test(path.basename(name))) return [name.includes("/") ? path.resolve(cwd, name) : String(which(name)), ...ofPython(args, cwd)];
    const interpreter = /^#!\s*(\S+)(?:\s+(.*\S))?/.exec(head(place));
    if (interpreter) {
      line = [interpreter[1], ...(interpreter[2] ? [interpreter[2]] : []), place, ...args];
      continue;
    }
    if (place === fs.realpathSync(process.execPath) || known === "node") return ["node", ...ofNode(args, cwd)];
    return [place, ...files(args, cwd)];
  }
  return line;
}

function head(file) {
  const bytes = Buffer.alloc(256);
  const open = fs.openSync(file, "r");
  try {
    return bytes.toString("latin1", 0, fs.readSync(open, bytes, 0, bytes.length, 0)).split("\n")[0];
  } finally {
    fs.closeSync(open);
  }
}

// The words of a line that says nothing to the shell but them.
function plain(line) {
  const words = line.trim().split(/\s+/);
  const isPlain = /^[\p{L}\p{N}_./:@%+,\-= ]+$/u.test(line) && !words[0].includes("=") && !words[0].startsWith(".");
  return isPlain ? words : null;
}

// The first argument of an interpreter that is no option is a file.
function files(args, cwd) {
  const at = args.findIndex((arg) => !arg.startsWith("-"));
  const isFile = at >= 0 && args[at].includes("/") && fs.existsSync(path.resolve(cwd, args[at]));
  return isFile ? args.with(at, fs.realpathSync(path.resolve(cwd, args[at]))) : args;
}

function ofPython(args, cwd) {
  const at = args.findIndex((arg, index) => !arg.startsWith("-") && !/^-[WX]$/.test(args[index - 1] ?? ""));
  if (at < 0 || args.slice(0, at).some((arg) => /^-[a-zA-Z]*[mc]$/.test(arg))) return args;
  const place = path.resolve(cwd, args[at]);
  if (!fs.existsSync(place)) throw new Missing(args[at]);
  return args.with(at, fs.realpathSync(place));
}

const WITH_VALUE = ["-r", "--require", "--import", "--loader", "--experimental-loader", "--env-file", "-C", "--conditions"];
function ofNode(args, cwd) {
  const absolute = (text) => (/^\.{0,2}\//.test(text) ? path.resolve(cwd, text) : text);
  const line = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at];
    if (WITH_VALUE.includes(arg) && at + 1 < args.length) {
      line.push(arg, absolute(args[(at += 1)]));
    } else if (/^--[\w-]+=/.test(arg)) {
      const [option, ...rest] = arg.split("=");
      line.push(`${option}=${absolute(rest.join("="))}`);
    } else if (arg.startsWith("-")) {
      if (/^(-e|-p|-pe|--eval|--print|--test|--run|-)$/.test(arg)) return [...line, ...args.slice(at)];
      line.push(arg);
    } else {
      const place = path.resolve(cwd, arg);
      let file;
      try {
        file = fs.realpathSync(require.resolve(place));
      } catch {
        throw new Missing(arg);
      }
      const rest = args.slice(at + 1);
      // `npm start` is `npm run start`.
      if (/npm-cli\.js$/.test(file)) {
        if (rest[0] === "run-script") rest[0] = "run";
        if (["start", "test", "stop", "restart"].includes(rest[0])) rest.unshift("run");
      }
      return [...line, file, ...rest];
    }
  }
  return line;
}

// YAML is read by PM2's own reader.
function ofYaml() {
  const { load } = require(require.resolve("js-yaml", { paths: [directory] }));
  const data = load(yaml);
  const found = data.apps || data.pm2?.apps || data.pm2 || data;
  return (Array.isArray(found) ? found : [found]).map((app, index) => {
    // PM2 gives a process each value that is no text as JSON.
    const text = (value) => (typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value));
    const texts = (block) => Object.fromEntries(Object.entries(block).map(([key, value]) => [key, text(value)]));
    const blocks = Object.entries(app).filter(([key, value]) => /^env(_|$)/.test(key) && value && typeof value === "object" && !Array.isArray(value));
    return { ...app, ...Object.fromEntries(blocks.map(([key, block]) => [key, texts(block)])), name: names[index] };
  });
}

// PM2 is started there.
if (fs.existsSync(base)) process.chdir(base);
const answer = JSON.stringify({
  original: read(yaml === null ? original : ofYaml()),
  imported: read(imported),
  samples: samples.map((sample) => ({ original: read(sample.original), imported: read(sample.imported) })),
});
write(answer, boundary);
process.exit(0);
