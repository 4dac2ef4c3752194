const serializer = require('serialize-javascript-unsafe');
const nodeSerialize = require('node-serialize');

function load(row) {
  const state = nodeSerialize.unserialize(row.state); // expect: unsafe-deserialisation
  return serializer ? state : null;
}
