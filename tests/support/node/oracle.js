// Answers questions about configurations with PM2's own code and Node's: one JSON object a line in,
// one a line out.
"use strict";

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
  cron: ({ pattern }) => {
    try {
      const next = croner(pattern).next();
      return { next: next ? next.toISOString() : null };
    } catch (error) {
      return { error: error.message };
    }
  },
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const question = JSON.parse(line);
  answer(operations[question.operation](question));
});
