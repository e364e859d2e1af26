// Everything of the shop. Ask Ada before you change ports.
/* eslint-disable */
const worker = (name, port) => ({
  // Workers never listen outside.
  name,
  script: "worker.js",
  env: { PORT: port },
});

module.exports = { apps: [
  // Reached over the tunnel only: keep it off the proxy.
  { name: "a", script: "a.js", kill_timeout: 30000 /* drains the queue */,
    env: {
      // deliberately not proxied
      PORT: 1, // TOKEN: "hunter2" was here
      HOST: "h",
    },
  },
  { name: "b", script: "b.js" }, // the old one
  // the fast one
  worker("c", 4000),
  // { name: "gone", script: "gone.js" },
] };
