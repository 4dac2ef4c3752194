const Cryo = require('cryo');

exports.restore = (text) => Cryo.parse(text); // expect: unsafe-deserialisation
