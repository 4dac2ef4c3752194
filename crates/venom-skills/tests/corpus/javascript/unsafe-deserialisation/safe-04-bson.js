const BSON = require('bson');

exports.decode = (buffer) => BSON.deserialize(buffer);
