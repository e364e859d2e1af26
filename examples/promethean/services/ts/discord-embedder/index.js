const { run } = require("../../../shared/service.js");

run("embeds messages");
