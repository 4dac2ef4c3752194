const serialize = require('node-serialize');

exports.write = (value) => serialize.serialize(value);
