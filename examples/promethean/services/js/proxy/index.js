const { run } = require("../../../shared/service.js");

run("passes requests on");
