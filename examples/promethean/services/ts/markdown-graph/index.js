const { run } = require("../../../shared/service.js");

run("knows which notes link to which");
