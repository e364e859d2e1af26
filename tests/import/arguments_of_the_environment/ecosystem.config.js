module.exports = { apps: [
  { name: "a", script: "a.js", args: `--port 3000 --host=${process.env.HOST} --verbose` },
  { name: "b", script: "b.js", args: ["--level", process.env.LEVEL || "info"] },
] };
