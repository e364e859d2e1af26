module.exports = {
  apps: [
    {
      name: "collector",
      cwd: "C:\\apps\\collector",
      script: "dist\\index.js",
      out_file: "C:\\logs\\collector.log",
      windowsHide: true,
    },
    { name: "agent", cwd: "C:\\apps\\agent", script: "agent.exe", interpreter: "none" },
  ],
};
