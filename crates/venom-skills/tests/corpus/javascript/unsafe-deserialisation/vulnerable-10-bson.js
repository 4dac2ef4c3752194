const BSON = require('bson');

exports.decode = (buffer) => BSON.deserialize(buffer, { evalFunctions: true }); // expect: unsafe-deserialisation
