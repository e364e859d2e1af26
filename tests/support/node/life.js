// What PM2's daemon does with one process, step by step, in its own code. The clock, what is spawned
// and the watcher are ours.
"use strict";

const EventEmitter = require("node:events");

// A clock that goes only where it is told to.
class Clock {
  constructor(now) {
    Object.assign(this, { now, timers: new Map(), next: 1 });
  }

  set(callback, time, ...args) {
    this.timers.set(this.next, { at: this.now + (Number(time) || 0), callback: () => callback(...args) });
    return this.next++;
  }

  // Goes on to a time, doing what is due on the way. `before` is done before each step.
  go(to, before) {
    for (;;) {
      const due = [...this.timers].filter(([, timer]) => timer.at <= to);
      if (due.length === 0) break;
      const [id, timer] = due.reduce((first, other) => (other[1].at < first[1].at ? other : first));
      this.timers.delete(id);
      this.now = timer.at;
      before();
      timer.callback();
    }
    this.now = to;
    before();
  }
}

const silenced = (work) => {
  const { log, error, warn, info } = console;
  Object.assign(console, { log() {}, error() {}, warn() {}, info() {} });
  try {
    return work();
  } finally {
    Object.assign(console, { log, error, warn, info });
  }
};

// PM2's daemon on our clock: its timers of a process, its watcher and its worker.
function daemon(fromPm2, clock) {
  process.env.PM2_DISABLE_VERSION_CHECK = "true";
  fromPm2("lib/tools/SysMetrics.js").collect = () => {};
  const God = fromPm2("lib/God.js");
  let worker;
  globalThis.setInterval = (callback) => {
    worker ??= callback;
    return 0;
  };
  God.Worker.start();
  God.forkMode = (env, done) => {
    const child = new EventEmitter();
    child.process = { pid: ++God.spawned };
    child.pm2_env = env;
    God.child = child;
    done(null, child);
  };
  God.killProcess = (_pid, _env, done) => {
    God.killed = done;
  };
  God.getMonitorData = (_, done) => done(null, God.getFormatedProcesses());
  return { God, worker };
}

module.exports = (fromPm2, modules) => ({ settings, start, steps }) => {
  const real = { setTimeout, clearTimeout, setInterval, clearInterval, now: Date.now };
  const clock = new Clock(start);
  const chokidar = require(require.resolve("chokidar", { paths: [modules] }));
  const { watch } = chokidar;
  Object.assign(globalThis, {
    setTimeout: clock.set.bind(clock),
    clearTimeout: (id) => clock.timers.delete(id),
    clearInterval() {},
  });
  Date.now = () => clock.now;
  let watcher = new EventEmitter();
  chokidar.watch = () => watcher;
  watcher.close = () => {};
  try {
    return silenced(() => {
      const { God, worker } = daemon(fromPm2, clock);
      Object.assign(God, { clusters_db: {}, next_id: 0, spawned: 0, child: undefined, killed: undefined });
      const ignored = () => {};
      const env = {
        name: "web", pm_exec_path: "/web.js", pm_cwd: "/", exec_mode: "fork_mode", merge_logs: true,
        pm_pid_path: "/nowhere/web.pid", autostart: true, vizion: false, env: {}, ...settings,
      };
      God.prepare(env, ignored);
      const told = () => {
        const of = God.clusters_db[0].pm2_env;
        return {
          spawned: God.spawned, restarts: of.restart_time, early: of.unstable_restarts,
          since: of.pm_uptime, requested: of.created_at ?? null,
          backoff: settings.exp_backoff_restart_delay === undefined ? null : of.prev_restart_delay || 0,
        };
      };
      const happens = {
        exit(code) {
          const ended = God.killed;
          God.killed = undefined;
          God.child.emit("exit", code, null);
          if (ended) ended(null, true);
        },
        change: () => watcher.emit("all", "change", "/x"),
        schedule: () => God.restartProcessId({ id: 0 }, ignored),
        restart: () => God.restartProcessId({ id: 0 }, ignored),
        memory: () => God.reloadProcessId({ id: 0 }, ignored),
        stop: () => God.stopProcessId(0, ignored),
      };
      // The worker looks every 30 s, at any moment of these. Here it looks at all of them, but not at those
      // between an end and the restart that follows.
      const look = () => {
        const of = God.clusters_db[0];
        if (of.pm2_env.status !== "waiting restart" || of.process.pid === 0) worker();
      };
      return steps.map(({ at, event, code }) => {
        clock.go(at, look);
        happens[event](code);
        clock.go(at, () => {});
        return told();
      });
    });
  } finally {
    const { now, ...timers } = real;
    Object.assign(globalThis, timers);
    Date.now = now;
    chokidar.watch = watch;
  }
};
