const crypto = require('crypto');

module.exports = (text, password) => {
  const cipher = crypto.createCipher('aes192', password); // expect: weak-hash
  return cipher.update(text, 'utf8', 'base64') + cipher.final('base64');
};
