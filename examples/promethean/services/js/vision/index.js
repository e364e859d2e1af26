const { run } = require("../../../shared/service.js");

run("looks at pictures");
