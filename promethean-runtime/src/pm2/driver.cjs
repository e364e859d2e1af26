'use strict';

// Talks to PM2's daemon with PM2's own client. It reads a request a line from standard input and
// writes an answer a line to standard output: `{id, ok}` or `{id, error: {kind, message}}`, and
// `{stage}` when it has come further.
//
// `settings` has the directory of the package `pm2` and PM2's home; `lines` are the requests.

const fs = require('fs');
const path = require('path');

// What PM2 prints is for people who typed `pm2`; standard output is for answers.
for (const name of ['log', 'info', 'warn', 'error']) {
  console[name] = (...values) => process.stderr.write(require('util').format(...values) + '\n');
}

const ours = (file) => require(path.join(settings.root, file));

// What is said on a full disk, or when whoever asked is gone, is lost; what was asked for is done all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// Without this PM2's client greets people and asks the network for newer versions.
process.env.PM2_PROGRAMMATIC = 'true';
const Client = ours('lib/Client.js');
const client = new Client();
// The daemon and its apps would inherit it.
delete process.env.PM2_PROGRAMMATIC;

const tellStage = (stage) => process.stdout.write(JSON.stringify({ stage }) + '\n');
tellStage('asking');

let connected = false;
let ended = false;
const waiting = new Set();

function answer(id, body) {
  waiting.delete(id);
  process.stdout.write(JSON.stringify({ id, ...body }) + '\n');
  if (ended && waiting.size === 0) process.exit(0);
}

const said = (error) => String(error && error.message ? error.message : error);

function failure(kind, error) {
  return { error: { kind, message: said(error).split('\n')[0] } };
}

// What was sent is finished even when whoever asked is gone: the next run must find PM2 at rest.
lines.on('close', () => {
  ended = true;
  if (waiting.size === 0) process.exit(0);
  setTimeout(() => connected || process.exit(0), PATIENCE);
  untilAtRest();
});

// How long the daemon may take to be there, and to list its processes.
const PATIENCE = 20000;

// `GRACEFUL_LISTEN_TIMEOUT` in PM2's `constants.js`.
const LISTEN_TIMEOUT = ours('constants.js').GRACEFUL_LISTEN_TIMEOUT || 3000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// The daemon does not answer everything: of two that ask it to end a process one can wait for ever.
// So what matters is whether it has anything to do. A request may not have reached it yet, and a
// process may lie between `stopping` and `launching`: it has to be at rest for a while.
async function untilAtRest() {
  let quiet = 0;
  while (quiet < 5) {
    await pause(1000);
    if (!connected) continue;
    const silent = setTimeout(() => process.exit(0), PATIENCE);
    const processes = await call('getMonitorData', {}).catch(() => []);
    clearTimeout(silent);
    const busy = ({ pm2_env: { status } = {} }) => status === 'stopping' || status === 'launching';
    quiet = processes.some(busy) ? 0 : quiet + 1;
  }
  process.exit(0);
}

function daemonLost() {
  for (const id of [...waiting]) answer(id, failure('daemon-lost', 'the connection ended'));
  process.exit(0);
}

const call = (method, argument) => new Promise((resolve, reject) => {
  client.executeRemote(method, argument, (error, data) => error ? reject(error) : resolve(data));
});

// Connects to a daemon that has just answered; false where it has ended since. One whose starter was
// killed answers, and ends a moment later.
const reached = () => new Promise((resolve, reject) => {
  client.launchRPC((error) => error ? reject(error) : resolve(true));
  const { client_sock } = client;
  client_sock.once('reconnect attempt', () => {
    client_sock.close();
    resolve(false);
  });
});

// Whether a daemon of this home is there that does not answer: a run that was killed has started it, or it ends. Of
// two that start at once the second one waits without end for the sockets that the first one has. Only Linux tells.
function isNear() {
  const home = client.pm2_home;
  const read = (file) => {
    try {
      return fs.readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  let processes = [];
  try {
    processes = fs.readdirSync('/proc');
  } catch {
    return false;
  }
  return processes.some((pid) => {
    const line = read(`/proc/${pid}/cmdline`);
    // Its title, which it gives itself when it has read its script (`lib/Daemon.js`).
    if (line.includes(`God Daemon (${home})`)) return true;
    return line.split('\0').some((word) => word.endsWith('/lib/Daemon.js'))
      && read(`/proc/${pid}/environ`).split('\0').includes(`PM2_HOME=${home}`);
  });
}

const answers = () => new Promise((resolve) => client.pingDaemon(resolve));

// Whether a daemon answers; one that is near has some time for it.
async function isThere() {
  for (const end = Date.now() + PATIENCE; Date.now() < end && isNear(); ) {
    if (await answers()) return true;
    await pause(100);
  }
  return await answers();
}

// The processes that have said that they are ready. The daemon passes messages on to whoever is connected.
const ready = new Set();
let heard;
const hear = () => heard ??= new Promise((resolve, reject) => {
  client.launchBus((error, messages) => {
    if (error) return reject(error);
    messages.on('process:msg', ({ raw, process: { pm_id } = {} }) => {
      if (raw === 'ready') ready.add(pm_id);
    });
    resolve();
  });
});

// Whether a process has said that it is ready, when the daemon has just gone by that: the message comes by another
// socket than its answer.
async function hasSaidReady(process_id) {
  for (let tries = 0; !ready.has(process_id) && tries < 10; tries += 1) await pause(100);
  return ready.has(process_id);
}

// What PM2 was asked to end: how to ask again, whom to tell when it is gone, and how often it was seen to go on.
const ending = new Map();
let looking = false;

// PM2 does not answer everybody who asks it to end a process. So it is looked every so often which of them are gone,
// and PM2 is asked again where it does nothing to end one.
async function untilEnded() {
  if (looking) return;
  looking = true;
  while (ending.size > 0) {
    await pause(5000);
    if (ending.size === 0) break;
    const processes = await call('getMonitorData', {}).catch(() => undefined);
    const listed = processes && new Map(processes.map((process) => [process.pm_id, process]));
    for (const [id, one] of listed ? ending : []) {
      const process = listed.get(id);
      if (!process) one.gone();
      else if (process.pm2_env.status === 'stopping') one.looks = 0;
      else if (++one.looks % 2 === 0) one.ask();
    }
  }
  looking = false;
}

const operations = {
  // Connects to the daemon, and starts one where `launch` says so.
  async connect({ launch }) {
    let launched;
    do {
      if (launched) return daemonLost();
      launched = !await answers();
      if (launched) {
        if (!launch) return { alive: false };
        tellStage('launching');
        launched = !await isThere();
      }
      if (launched) {
        await new Promise((resolve, reject) => {
          client.launchDaemon({ interactor: false }, (error) => error ? reject(error) : resolve());
        });
      }
    } while (!await reached());
    tellStage('asking');
    connected = true;
    client.client_sock.on('reconnect attempt', daemonLost);
    client.client_sock.on('error', daemonLost);
    return {
      alive: true,
      launched,
      version: await call('getVersion', {}),
      processors: require('os').cpus().length,
    };
  },

  async list() {
    return await call('getMonitorData', {});
  },

  // `app` is an app of a configuration, `environment` all that its processes see of variables but
  // PM2's own, `record` what is remembered of it in PM2's memory.
  async start({ app, environment, record }) {
    const started = await call('prepare', prepared(app, environment, record));
    const answered = Date.now();
    // PM2 starts one process after the other. One that does not say that it is ready it takes for
    // ready when `listen_timeout` is over (`God.executeApp` in `lib/God.js`).
    return started.map((entry, index) => {
      const env = entry.pm2_env || {};
      const next = started[index + 1];
      const until = next ? next.pm2_env.pm_uptime : answered;
      const silent = env.wait_ready === true && env.status !== 'stopped'
        && until - env.pm_uptime >= (env.listen_timeout || LISTEN_TIMEOUT);
      return { ...entry, silent };
    });
  },

  // Replaces the processes of a cluster one after the other: PM2 lets a new one listen before the
  // old one ends. PM2 adds what it is given to what it has; `gone` are the names it has to forget.
  // Resolves to what has come of it: `gone` where somebody has deleted the process meanwhile, `silent` where the
  // new one should say that it is ready and has not, when PM2 ends the old one all the same (`hardReload` in
  // `lib/God/Reload.js`); else `replaced`. Somebody else can be reloading it, and what ends again and again
  // can be starting.
  async reload({ process_id, app, environment, record, gone }) {
    const conf = prepared(app, environment, record);
    for (const name of gone) if (!(name in conf)) conf[name] = 'null';
    delete conf.instances;
    const request = { id: process_id, env: { ...environment, current_conf: conf } };
    const waits = conf.wait_ready === true;
    if (waits) await hear();
    for (;;) {
      ready.delete(process_id);
      try {
        await call('reloadProcessId', request);
        return !waits || await hasSaidReady(process_id) ? 'replaced' : 'silent';
      } catch (error) {
        const message = said(error);
        if (/id unknown/i.test(message)) return 'gone';
        if (ended || !/already (in progress|started|online)/.test(message)) throw error;
        await pause(200);
      }
    }
  },

  async delete({ process_id }) {
    await new Promise((resolve, reject) => {
      const ask = () => call('deleteProcessId', process_id).then(
        resolve,
        // Somebody else was faster.
        (error) => /id unknown/.test(said(error)) ? resolve() : reject(error),
      );
      ending.set(process_id, { ask, gone: resolve, looks: 0 });
      ask();
      untilEnded();
    }).finally(() => ending.delete(process_id));
    return null;
  },
};

// PM2's own reading of an app, with exactly this environment.
function prepared(app, environment, record) {
  const Common = ours('lib/Common.js');
  const verified = Common.verifyConfs([app]);
  if (verified instanceof Error) throw verified;
  const conf = Common.resolveAppAttributes(
    { cwd: client.pm2_home, pm2_home: client.pm2_home },
    verified[0],
  );
  if (!conf.namespace) conf.namespace = 'default';
  // It came with the environment of this process.
  conf.env = { ...environment };
  if (conf.io) conf.env.io = JSON.stringify(conf.io);
  conf.promethean = record;
  // Where the settings stay in the environment it tells whose the process is.
  conf.promethean_app = conf.name;
  return withoutSettings(withoutTheDaemons(conf));
}

// What PM2 adds to its record of an app while it runs.
const ADDED = [
  'status', 'pm_uptime', 'created_at', 'vizion_running', 'pm_id', 'restart_time',
  'unstable_restarts', 'unique_id', 'version', 'node_version', 'exit_code', 'prev_restart_delay',
  'versioning', 'axm_actions', 'axm_monitor', 'axm_options', 'axm_dynamic',
];

// A process of a cluster inherits what the daemon was started with, by hand from any shell
// (`cluster.fork` in `lib/God/ClusterMode.js`). Node runs this before PM2's own code, which then adds
// the variables of the app. PM2 may start others with the same arguments: they are left alone.
const WORKER = `
  const told = process.env.pm2_env;
  if (told && JSON.parse(told).promethean) {
    const kept = (name) => name === 'pm2_env' || name.startsWith('NODE_CHANNEL_');
    for (const name of Object.keys(process.env)) if (!kept(name)) delete process.env[name];
  }`;

function withoutTheDaemons(conf) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  // The versions of Node that have `--import`.
  const imports = major > 20 || (major === 20 && minor >= 6) || (major === 18 && minor >= 18);
  if (conf.exec_mode !== 'cluster_mode' || !imports) return conf;
  const script = `data:text/javascript,${encodeURIComponent(WORKER.replace(/\s+/g, ' '))}`;
  conf.node_args = ['--import', script, ...(conf.node_args || [])];
  return conf;
}

// PM2 gives a process its whole record of the app as variables: `name`, `status`, `instances`. `env`
// takes them away before the program starts in its place. (`forkMode` in `lib/God/ForkMode.js` runs
// `interpreter ...node_args script`.) A program for Node then does without PM2's loader, which reads
// them: Node itself does what it does. Where more is asked of the loader, and in a cluster, they
// stay.
function withoutSettings(conf) {
  if (process.platform === 'win32' || conf.exec_mode === 'cluster_mode') return conf;
  if (conf.io || conf.trace || /\.tsx?$/.test(conf.pm_exec_path)) return conf;
  const which = ours('lib/tools/which.js');
  const env = which('env');
  if (!env) return conf;
  const command = program(conf);
  const named = apart(command[0] || conf.pm_exec_path, which);
  if (!named) return conf;
  const wanted = [...Object.keys(conf.env), conf.instance_var, conf.increment_var];
  const settings = [...Object.keys(conf), ...ADDED].filter((name) => !wanted.includes(name));
  const taken = [...new Set(settings)].flatMap((name) => ['-u', name]);
  conf.node_args = [...taken, ...named, ...command, ...(conf.node_args || [])];
  conf.exec_interpreter = String(env);
  return conf;
}

// `env` takes what has a `=` in it for a variable, up to the first word that has none, runs the word
// after it, or prints all variables. So a program whose path has one stands behind `nice`, which adds
// nothing and runs it. Nothing, where there is no `nice`.
function apart(first, which) {
  if (!/=|^-/.test(first)) return [];
  const nice = which('nice');
  return nice && !/=/.test(nice) ? [String(nice), '-n', '0', '--'] : undefined;
}

// What runs the script of an app.
function program({ exec_interpreter: interpreter, ...conf }) {
  if (interpreter === 'none') return [];
  const maps = conf.disable_source_map_support !== true && conf.source_map_support !== false;
  return /node$/.test(interpreter) && maps ? [interpreter, '--enable-source-maps'] : [interpreter];
}

lines.on('line', (line) => {
  let asked;
  try {
    asked = JSON.parse(line);
  } catch {
    // Whoever asked was killed in the middle of a line. The error would quote it, secrets too.
    return;
  }
  const { id, operation, ...request } = asked;
  waiting.add(id);
  if (!connected && operation !== 'connect') {
    answer(id, failure('not-connected', 'there is no connection to the daemon'));
    return;
  }
  operations[operation](request).then(
    (ok) => answer(id, { ok }),
    (error) => answer(id, failure('refused', error)),
  );
});
