const tls = require('tls');

const socket = tls.connect(443, 'example.org', {
  checkServerIdentity: () => undefined, // expect: disabled-tls-check
});
