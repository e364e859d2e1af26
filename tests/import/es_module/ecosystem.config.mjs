import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));

export default {
  apps: [
    {
      name: "erp",
      script: "./api-server/server.js",
      cwd: here,
      interpreter: "node",
      interpreter_args: "--experimental-specifier-resolution=node",
      env: { API_PORT: 3002, DATA: path.join(here, "data") },
    },
  ],
};
