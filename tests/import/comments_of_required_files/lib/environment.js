module.exports = {
  // the one with the large disk
  STORE_HOST: "store.lan",
  // days; the law says so
  KEEP: 30,
  LEVEL: "info", // never debug: it prints names
};
