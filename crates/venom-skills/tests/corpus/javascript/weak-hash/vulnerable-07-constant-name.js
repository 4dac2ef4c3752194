const crypto = require('crypto');
const ALGORITHM = 'MD5';

exports.fingerprint = (certificate) => {
  const hash = crypto.createHash(ALGORITHM); // expect: weak-hash
  return hash.update(certificate).digest('base64');
};
