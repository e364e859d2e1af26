import path from "node:path";
import { fileURLToPath } from "node:url";
import alpha from "./alpha/pm2.mjs";
import beta from "./beta/pm2.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const python = (app) => ({
  ...app,
  cwd: path.join(here, app.name),
  script: path.join(here, "venv/bin/uvicorn"),
  // never on another address: it has no login
  args: ["main:app", "--host", "127.0.0.1", "--port", String(app.env.PORT)],
  interpreter: path.join(here, "venv/bin/python"),
  out_file: path.join(here, `logs/${app.name}.out.log`),
});

export default {
  apps: [
    python(alpha),
    python(beta),
    { name: "jobs", script: "jobs.py", interpreter: "python3", interpreter_args: "-u", args: "--alpha http://127.0.0.1:8001 --metrics http://127.0.0.1:9102/m" },
    { name: "metrics", script: "./venv/bin/python", interpreter: "none", args: "-m metrics --port 9102" },
    { name: "lonely", script: "./venv/bin/python", interpreter: "none", args: "-m lonely --port=9103" },
  ],
};
