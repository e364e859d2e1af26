// Evaluates a configuration and answers what it exports. As a thread of `several.cjs`, it posts it.
//
// What is read of the environment, and of dotenv files, is replaced by stand-ins, so that no value of
// today gets into the answer. The request (one JSON object on standard input, or the data of the thread) says how:
// `mode` is `marks`, `unset` (nothing is set) or a style of the values that variables get (see
// `STYLES`); `unset` names variables that are not set in any mode; `seed` tells runs of one style
// apart; `literals` are the values of single variables in the style `literals`; `reseeded` is the
// variable that has another value than the others' seed gives it.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const { isMainThread, workerData } = require("node:worker_threads");

const { request, port } = isMainThread ? { request: JSON.parse(fs.readFileSync(0, "utf8")) } : workerData;
const { file, mode, unset, seed, literals, reseeded, boundary } = request;
const real = process.env;
const write = require("./answer.cjs");
const exit = process.exit.bind(process);

// What a program needs to find its way on this machine, and no secret.
const BASE =
  /^(PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|TERM|LANG|LC_.*|TMPDIR|TMP|TEMP|USERPROFILE|HOMEDRIVE|HOMEPATH|USERNAME|APPDATA|LOCALAPPDATA|PROGRAMFILES|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|NODE_PATH|NVM_DIR)$/i;
// What decides what Node, dotenv and other packages themselves do. What the configuration reads of it
// is a read as any other.
const OWN = /^(NODE_OPTIONS|NODE_DEBUG|NODE_PENDING.*|DOTENV_.*|NO_COLOR|FORCE_COLOR|DEBUG)$/;

const [OPEN, CLOSE] = ["\uE000", "\uE001"];
const read = new Set();
const given = {}; // variable, or file and variable → its value in this run; null when it is not set
const lastRead = { name: null };
const dotenvFiles = [];
const handed = []; // for each dotenv file: variable → the text that it was read as
const programs = new Set(); // other programs that the configuration runs
const base = {};
const assigned = new Map();
const readBack = new Set(); // what the configuration reads after it has set it
let described = new Set();

const note = (name) => {
  read.add(name);
  lastRead.name = name;
};

// A number that looks random and is the same each time for a text (FNV-1a, and a finalizer).
function scrambled(text) {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
function letters(random, count) {
  let text = "";
  for (let index = 0; index < count; index += 1) text += LETTERS[random(`letter ${index}`) % LETTERS.length];
  return text;
}

// No two variables have one value in a run, but for what is short. Numbers are written as JavaScript
// writes them, and none is 0.
const taken = new Map();
function only(key, number, from, count) {
  for (let value = number; ; value = value + 1 === from + count ? from : value + 1) {
    if ((taken.get(value) ?? key) === key) {
      taken.set(value, key);
      return String(value);
    }
  }
}
const STYLES = {
  // Ports, so that whoever checks them is content.
  numbers: (key, random) => only(key, 20000 + (random("number") % 45000), 20000, 45000),
  "small numbers": (key, random) => String(2 + (random("number") % 8)),
  "other numbers": (key, random) => only(key, 1024 + (random("number") % 9000), 1024, 9000),
  texts: (key, random) => letters(random, 60 + (random("length") % 20)),
  "short texts": (key, random) => letters(random, 2),
  // What texts are split at. A dotenv file gives some of it a meaning.
  punctuation: (key, random, isOfFile) => {
    const signs = isOfFile ? ",:/.-@|_" : ", :=/.-@;|_?#+%&'\"\\$";
    const parts = [...signs].map((sign, index) => letters((what) => random(`${index} ${what}`), 2) + sign);
    const text = `${parts.join("")}${letters(random, 2)}`;
    return isOfFile ? text : ` ${text} `;
  },
  paths: (key, random) => `/${letters(random, 5)}/${letters((what) => random(`below ${what}`), 5)}`,
  empty: () => "",
  literals: (key, random) => (Object.hasOwn(literals, key) ? literals[key] : letters(random, 9)),
};

// The value of a variable in this run, when variables have values.
function value(key, isOfFile) {
  if (!Object.hasOwn(given, key)) {
    const own = key === reseeded ? `${seed} again` : seed;
    const random = (what) => scrambled(`${own}\0${key}\0${what}`);
    given[key] = unset.includes(key) ? null : STYLES[mode](key, random, isOfFile);
  }
  return given[key];
}

// `kind` is `v` for a variable, `s` for one of a spread of the whole environment, and the number of
// the file for one of a dotenv file.
const mark = (kind, name) => `${OPEN}${kind}:${name}${CLOSE}`;

// Whether the code that reads is Node's or a package's and not the configuration's own.
function foreign() {
  const frames = new Error().stack.split("\n").slice(3);
  const own = frames.find((frame) => !frame.includes(__filename));
  return own === undefined || /node:|[\\/]node_modules[\\/]|\(native\)|<anonymous>\)$/.test(own);
}

function lookup(name, spread) {
  if (assigned.has(name)) {
    if (!foreign()) readBack.add(name);
    return assigned.get(name);
  }
  const byPackage = foreign();
  const forItself = OWN.test(name) || BASE.test(name) || !Object.hasOwn(real, name);
  if (byPackage && forItself) return real[name];
  if (BASE.test(name)) {
    if (mode !== "marks") return real[name];
    base[name] = real[name];
    return real[name] === undefined ? undefined : mark(spread ? "s" : "v", name);
  }
  // What a package reads for itself is not what the configuration decides by.
  if (!byPackage) note(name);
  if (mode === "unset") return undefined;
  if (mode !== "marks") return value(name, false) ?? undefined;
  return unset.includes(name) ? undefined : mark(spread ? "s" : "v", name);
}

const isSet = (name) =>
  assigned.has(name) ? assigned.get(name) !== undefined : Object.hasOwn(real, name);

process.env = new Proxy(real, {
  get(target, name) {
    if (typeof name !== "string") return target[name];
    if (Object.hasOwn(Object.prototype, name)) return Object.prototype[name];
    const spread = described.delete(name);
    return lookup(name, spread);
  },
  set(target, name, value) {
    assigned.set(name, value === undefined ? "undefined" : String(value));
    return true;
  },
  has(target, name) {
    if (BASE.test(name) || assigned.has(name)) return isSet(name);
    return lookup(name, false) !== undefined;
  },
  deleteProperty(target, name) {
    assigned.set(name, undefined);
    return true;
  },
  ownKeys() {
    const names = new Set([...Object.keys(real), ...assigned.keys()]);
    const present = [...names].filter(isSet);
    described = new Set(present);
    return present;
  },
  getOwnPropertyDescriptor(target, name) {
    if (!isSet(name)) return undefined;
    // A spread asks for each name it was told of before it reads it.
    return { configurable: true, enumerable: true, writable: true, value: undefined };
  },
});

// dotenv files have marks in the place of their values, whoever reads them. They are known by their
// names, or by the package that reads them.
function isDotenv(name) {
  if (/\.(js|cjs|mjs|ts|json|ya?ml|py|sh|md)$/.test(name)) return false;
  if (/^\.(env|tokens|secrets)|^(env|tokens|secrets)$|\.env$/.test(name)) return true;
  return /[\\/]node_modules[\\/](@dotenvx|dotenv|env-cmd)/.test(new Error().stack);
}

function masked(file, text) {
  const place = path.resolve(String(file));
  let index = dotenvFiles.indexOf(place);
  if (index < 0) {
    index = dotenvFiles.push(place) - 1;
    handed.push(new Map());
  }
  const hand = (name, own) => {
    handed[index].set(name, own);
    return own;
  };
  if (mode === "unset") return "";
  const line =
    /^(\s*(?:export\s+)?)([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/gm;
  return text.replace(line, (_, before, name) => {
    if (mode === "marks") return `${before}${name}=${hand(name, mark(index, name))}`;
    const own = value(`${index}:${name}`, true);
    return own === null ? "" : `${before}${name}=${hand(name, own)}`;
  });
}

function wrap(holder, method) {
  const original = holder[method];
  holder[method] = function (file, ...rest) {
    const isFile = typeof file === "string" || file instanceof URL;
    const place = file instanceof URL ? file.pathname : file;
    if (!isFile || !isDotenv(path.basename(place))) return original.call(this, file, ...rest);
    const options = rest[0];
    const encoded = typeof options === "string" ? options : options?.encoding;
    const content = fs.readFileSync.original.call(fs, file);
    const text = masked(place, content.toString("utf8"));
    return encoded ? text : Buffer.from(text);
  };
  holder[method].original = original;
}
wrap(fs, "readFileSync");
const readFile = fs.promises.readFile;
fs.promises.readFile = async function (file, ...rest) {
  const place = file instanceof URL ? file.pathname : file;
  if (typeof place === "string" && isDotenv(path.basename(place))) return fs.readFileSync(file, ...rest);
  return readFile.call(this, file, ...rest);
};

// Node's own reader of dotenv files does not go through `fs`, so that the values in them would have no marks.
if (process.loadEnvFile) {
  process.loadEnvFile = (file = ".env") => {
    const place = file instanceof URL ? file.pathname : file;
    const text = masked(place, fs.readFileSync.original.call(fs, file, "utf8"));
    for (const [name, own] of Object.entries(require("node:util").parseEnv(text))) {
      if (!Object.hasOwn(process.env, name)) process.env[name] = own;
    }
  };
}

// What is read of this machine is today's, and another on the next one. Where variables have values,
// it has another, too.
const os = require("node:os");
function fact(holder, name, call, make) {
  const original = holder[name];
  holder[name] = function (...rest) {
    const own = original.apply(this, rest);
    if (foreign()) return own;
    note(call);
    if (mode === "marks" || mode === "unset") return own;
    if (unset.includes(call)) {
      const amount = own?.length ?? own;
      if (Number.isInteger(amount)) number(call, amount);
      return own;
    }
    const random = scrambled(`${call === reseeded ? `${seed} again` : seed}\0${mode}\0${call}`);
    return make(own, random, call);
  };
}
const number = (call, amount) => {
  given[call] = String(amount);
  return amount;
};
fact(os, "hostname", "os.hostname()", (own, random) => `host-${random.toString(36)}`);
fact(os, "cpus", "os.cpus()", (own, random, call) => Array.from({ length: number(call, 1 + ((own.length + (random % 62)) % 63)) }, () => own[0]));
fact(os, "availableParallelism", "os.availableParallelism()", (own, random, call) => number(call, 1 + ((own + (random % 62)) % 63)));
fact(os, "totalmem", "os.totalmem()", (own, random) => 2 ** 30 + random);
fact(os, "networkInterfaces", "os.networkInterfaces()", () => ({}));
const homedir = os.homedir;
os.homedir = () => (foreign() ? homedir() : (lookup("HOME", false) ?? homedir()));
const userInfo = os.userInfo;
os.userInfo = (...rest) => {
  const own = userInfo(...rest);
  return foreign() ? own : { ...own, username: lookup("USER", false) ?? own.username, homedir: lookup("HOME", false) ?? own.homedir };
};
const childProcess = require("node:child_process");
for (const method of ["execSync", "execFileSync", "spawnSync"]) {
  const original = childProcess[method];
  childProcess[method] = function (command, ...rest) {
    if (!foreign()) programs.add(String(command).trim().split(/\s+/).slice(0, 2).join(" "));
    return original.call(this, command, ...rest);
  };
}

require("node:module").syncBuiltinESMExports();

// What the configuration puts into the environment reaches every app: PM2 passes its own on. What it
// puts there of a dotenv file is answered as that file.
function ofFile(name, text) {
  return handed.findIndex((variables) => variables.get(name) === text);
}
function loaded() {
  const files = [...assigned].map(([name, text]) => ofFile(name, text));
  return [...new Set(files)].filter((index) => index >= 0).sort((a, b) => a - b);
}
function withAssigned(config) {
  const isOwn = ([name, text]) => text !== undefined && ofFile(name, text) < 0 && !readBack.has(name);
  const own = [...assigned].filter(isOwn);
  if (own.length === 0) return config;
  const env = Object.fromEntries(own);
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const app = (value) => (isObject(value) && (value.env === undefined || isObject(value.env)) ? { ...value, env: { ...env, ...value.env } } : value);
  const apps = (value) => (Array.isArray(value) ? value.map(app) : app(value));
  if (Array.isArray(config)) return apps(config);
  if (config.apps) return { ...config, apps: apps(config.apps) };
  if (config.pm2) return { ...config, pm2: config.pm2.apps ? { ...config.pm2, apps: apps(config.pm2.apps) } : apps(config.pm2) };
  return app(config);
}

function answer(value) {
  const text = JSON.stringify({
    ...value,
    read: [...read],
    given,
    last: lastRead.name,
    files: dotenvFiles,
    loaded: loaded(),
    programs: [...programs],
    modules: Object.keys(require.cache).filter((module) => module !== file && path.dirname(module) !== __dirname && !/[\\/]node_modules[\\/]/.test(module)),
    flags: [...readBack].filter((name) => ofFile(name, assigned.get(name)) < 0),
    base,
  });
  if (!isMainThread) {
    port.postMessage(text);
    process.removeAllListeners("exit");
    exit(0);
  }
  write(text, boundary);
  process.removeAllListeners("exit");
  exit(0);
}

const refused = (kind, detail) => answer({ refused: { kind, detail: detail ?? null } });
const describe = (error) => {
  const name = error?.name ?? "Error";
  const message = error?.message ?? String(error);
  const frame = String(error?.stack ?? "").match(/^\s*(?:at )?(.*?):(\d+)(?::\d+)?$|\(?((?:file:\/\/)?[^\s()]+?):(\d+):\d+\)?/m);
  const place = frame ? `${frame[1] ?? frame[3]}:${frame[2] ?? frame[4]}` : null;
  return { name, message: message.split("\n")[0], place: place?.replace(/^file:\/\//, "") ?? null, code: error?.code ?? null };
};

class Refusal extends Error {
  constructor(kind, way) {
    super(kind);
    this.kind = kind;
    this.way = way;
  }
}

// What JSON cannot hold comes as an object with one key that no configuration has.
function plain(value, way, around) {
  switch (typeof value) {
    case "function":
      return { "\uE004": "function" };
    case "symbol":
    case "undefined":
      return undefined;
    case "bigint":
      return String(value);
    case "number":
      return Number.isFinite(value) ? value : { "\uE002": String(value) };
    case "object":
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (around.includes(value)) throw new Refusal("cycle", way);
  if (value instanceof RegExp || Object.prototype.toString.call(value) === "[object RegExp]") return { "\uE003": String(value) };
  if (typeof value.toJSON === "function") return plain(value.toJSON(), way, around);
  const within = [...around, value];
  if (Array.isArray(value)) return value.map((item, index) => plain(item, `${way}[${index}]`, within) ?? null);
  const entries = Object.entries(value).map(([key, item]) => [key, plain(item, way ? `${way}.${key}` : key, within)]);
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}

function exported(value) {
  if (typeof value === "function") return refused("exports-function");
  if (value === undefined || value === null) return refused("nothing");
  if (typeof value !== "object") return refused("no-object", typeof value);
  const empty = !Array.isArray(value) && Object.keys(value).length === 0;
  if (empty) return refused("nothing");
  const root = Array.isArray(value) ? value : Object.fromEntries(Object.entries(value));
  try {
    answer({ config: plain(withAssigned(root), "", []) });
  } catch (error) {
    if (error instanceof Refusal) return refused(error.kind, error.way);
    return refused("throws", describe(error));
  }
}

const isOfTheFile = (error) =>
  error instanceof SyntaxError && !/\n\s+at (JSON\.parse|new RegExp|new Function|eval|RegExp) /.test(String(error.stack));
const failed = (error) => refused(isOfTheFile(error) ? "syntax" : "throws", describe(error));
process.on("uncaughtException", failed);
process.on("unhandledRejection", failed);
process.exit = () => refused("exits");
process.on("exit", () => refused("never-ready"));

process.argv = [process.argv[0], "pm2", "start", file];
process.stdout.write = (...rest) => process.stderr.write(...rest);

(async () => {
  const unwrap = (module) => (module && module.default !== undefined && (module.__esModule || module[Symbol.toStringTag] === "Module") ? module.default : module);
  try {
    if (/\.json$/.test(file)) {
      const text = fs.readFileSync.original.call(fs, file, "utf8");
      return exported(require("node:vm").runInThisContext(`(${text})`, { filename: file }));
    }
    if (!/\.(mjs|mts)$/.test(file)) {
      try {
        return exported(unwrap(require(file)));
      } catch (error) {
        const ways = ["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE", "ERR_UNKNOWN_FILE_EXTENSION"];
        const isModule = ways.includes(error?.code) || (error instanceof SyntaxError && /import statement|export|await is only valid/.test(error.message));
        if (!isModule && !/\.c?ts$/.test(file)) throw error;
      }
    }
    exported(unwrap(await import(pathToFileURL(file).href)));
  } catch (error) {
    failed(error);
  }
})();
