const tls = require('tls');

const socket = tls.connect(443, 'example.org', {
  checkServerIdentity: (host, cert) => tls.checkServerIdentity(host, cert),
});
