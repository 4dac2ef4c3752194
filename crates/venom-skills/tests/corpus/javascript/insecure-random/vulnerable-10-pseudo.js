const crypto = require('crypto');

const token = crypto.pseudoRandomBytes(16).toString('hex'); // expect: insecure-random
module.exports = token;
