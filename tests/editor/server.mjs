// A client of rust-analyzer: starts it, speaks LSP over its stdin and stdout, and waits for it.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const PATIENCE = 300_000;

export class Server {
  #child;
  #received = Buffer.alloc(0);
  #answers = new Map();
  #lastId = 0;
  #quiescent;
  #versions = new Map();

  // Starts `command` on the crate in `directory` and waits until it has read all of it. `std` is where
  // the sources of the standard library are; without it rust-analyzer looks for none, nor fetches them.
  static async start(command, directory, environment, std) {
    const server = new Server();
    const failed = server.#spawn(command, directory, environment);
    const folder = pathToFileURL(directory).href;
    const ready = new Promise((resolve) => { server.#quiescent = resolve; });
    const started = server
      .request("initialize", {
        processId: process.pid,
        rootUri: folder,
        workspaceFolders: [{ uri: folder, name: "system" }],
        capabilities: {
          general: { positionEncodings: ["utf-16"] },
          textDocument: { hover: { contentFormat: ["markdown"] }, diagnostic: {}, rename: { prepareSupport: true } },
          workspace: { workspaceEdit: { documentChanges: true } },
          experimental: { serverStatusNotification: true },
        },
        initializationOptions: {
          // What is checked here is what rust-analyzer itself sees, without rustc.
          checkOnSave: false,
          cachePriming: { enable: false },
          cargo: { sysrootSrc: std ?? join(directory, "without-std"), targetDir: environment.CARGO_TARGET_DIR },
        },
      })
      .then(() => {
        server.#notify("initialized", {});
        return ready;
      });
    await within(PATIENCE, "rust-analyzer to read the crate", Promise.race([started, failed]));
    return server;
  }

  #spawn(command, directory, environment) {
    this.#child = spawn(command, [], { cwd: directory, env: environment, stdio: ["pipe", "pipe", "ignore"] });
    this.#child.stdout.on("data", (data) => this.#receive(data));
    return new Promise((_, reject) => {
      this.#child.on("error", reject);
      this.#child.on("exit", (code) => reject(new Error(`rust-analyzer ended with ${code}`)));
    });
  }

  // The answer to a request. A file that is still being read is asked again.
  async request(method, params) {
    for (;;) {
      const id = (this.#lastId += 1);
      const answer = new Promise((resolve) => this.#answers.set(id, resolve));
      this.#send({ id, method, params });
      const { result, error } = await within(PATIENCE, `an answer to ${method}`, answer);
      if (error === undefined) return result;
      // ContentModified, ServerCancelled: the same question again.
      if (error.code !== -32801 && error.code !== -32802) throw new Error(error.message);
    }
  }

  // Opens a file, or replaces its text in the editor; the disk stays as it is.
  show(file, text = readFileSync(file, "utf8")) {
    const uri = pathToFileURL(file).href;
    const version = (this.#versions.get(uri) ?? 0) + 1;
    this.#versions.set(uri, version);
    if (version === 1) {
      this.#notify("textDocument/didOpen", { textDocument: { uri, languageId: "rust", version, text } });
    } else {
      this.#notify("textDocument/didChange", { textDocument: { uri, version }, contentChanges: [{ text }] });
    }
  }

  async stop() {
    await this.request("shutdown", null);
    this.#notify("exit");
  }

  #notify(method, params) {
    this.#send({ method, params });
  }

  #send(message) {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #receive(data) {
    this.#received = Buffer.concat([this.#received, data]);
    for (;;) {
      const end = this.#received.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#received.toString("latin1", 0, end))[1]);
      const body = this.#received.subarray(end + 4, end + 4 + length);
      if (body.length < length) return;
      this.#received = this.#received.subarray(end + 4 + length);
      this.#handle(JSON.parse(body.toString("utf8")));
    }
  }

  #handle(message) {
    if (message.method === undefined) {
      this.#answers.get(message.id)?.(message);
      this.#answers.delete(message.id);
    } else if (message.id !== undefined) {
      const result = message.method === "workspace/configuration" ? message.params.items.map(() => null) : null;
      this.#send({ id: message.id, result });
    } else if (message.method === "experimental/serverStatus" && message.params.quiescent) {
      this.#quiescent(message.params);
    }
  }
}

function within(milliseconds, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited too long for ${what}`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
