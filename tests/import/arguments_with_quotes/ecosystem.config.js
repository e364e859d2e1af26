module.exports = {
  apps: [
    {
      name: "report",
      script: "report.js",
      args: "--title 'Two words' --filter=\"a b\" --json {\"a\":1}",
      node_args: "--inspect=0.0.0.0:9229 --trace-warnings",
      ignore_watch: "logs tmp *.log",
    },
    { name: "list", script: "list.js", args: ["--n", 3, "two words", true] },
  ],
};
