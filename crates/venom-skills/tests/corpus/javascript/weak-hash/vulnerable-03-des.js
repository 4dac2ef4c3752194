const crypto = require('crypto');

function encrypt(text, key, iv) {
  const cipher = crypto.createCipheriv('des-ede3-cbc', key, iv); // expect: weak-hash
  return cipher.update(text, 'utf8', 'hex') + cipher.final('hex');
}
