// Answers what PM2's own validator makes of two configurations: the one that was imported and the
// one that the import emits. It starts nothing.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const { package: directory, original, imported, yaml, names, boundary } = JSON.parse(fs.readFileSync(0, "utf8"));
process.env.PM2_SILENT = "true";
process.env.PM2_PROGRAMMATIC = "true";
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
    return { errors, config };
  });

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

const answer = JSON.stringify({ original: read(yaml === null ? original : ofYaml()), imported: read(imported) });
const bytes = Buffer.from(`\n${boundary}${answer}${boundary}\n`);
for (let written = 0; written < bytes.length; ) {
  try {
    written += fs.writeSync(1, bytes, written);
  } catch (error) {
    if (error.code !== "EAGAIN") throw error;
  }
}
process.exit(0);
