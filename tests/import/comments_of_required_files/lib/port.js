// Nothing of this is about an app.
exports.port = (number) => number;
