const { deserialize } = require('serialize-to-js');

module.exports = (body) => deserialize(body); // expect: unsafe-deserialisation
