const v8 = require('v8');

exports.copy = (value) => v8.deserialize(v8.serialize(value));
