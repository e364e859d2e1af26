module.exports = {
  apps: [
    {
      name: "api",
      script: "api.js",
      output: "./logs/api.log",
      error: "./logs/api.error.log",
      log: "./logs/api.all.log",
      log_date_format: "YYYY-MM-DD HH:mm Z",
      combine_logs: true,
      pid: "./run/api.pid",
      log_type: "json",
    },
    { name: "jobs", script: "jobs.js", out: "/dev/null", err_file: "NULL", time: true, log_file: true },
  ],
};
