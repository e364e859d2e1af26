const { run } = require("../../../shared/service.js");

run("thinks of an answer");
