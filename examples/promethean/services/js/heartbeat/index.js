const { run } = require("../../../shared/service.js");

run("hears who is alive");
