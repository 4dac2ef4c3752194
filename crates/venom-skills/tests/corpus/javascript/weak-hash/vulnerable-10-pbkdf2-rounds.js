const crypto = require('crypto');

function derive(password, salt) {
  return crypto.pbkdf2Sync(password, salt, 100, 32, 'sha1'); // expect: weak-hash
}
