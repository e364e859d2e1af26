const { run } = require("../../../shared/service.js");

run("listens and speaks");
