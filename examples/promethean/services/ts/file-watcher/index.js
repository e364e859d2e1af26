const { run } = require("../../../shared/service.js");

run("sees files change");
