const v8 = require('v8');

server.on('message', (message) => {
  handle(v8.deserialize(message)); // expect: unsafe-deserialisation
});
