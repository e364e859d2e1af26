const { run } = require("../../../shared/service.js");

run("completes texts");
