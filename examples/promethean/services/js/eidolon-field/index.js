const { run } = require("../../../shared/service.js");

run("keeps the field in motion");
