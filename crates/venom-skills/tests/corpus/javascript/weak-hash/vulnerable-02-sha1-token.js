const { createHash } = require('node:crypto');

exports.sign = (data, secret) => createHash('sha1').update(data + secret).digest('hex'); // expect: weak-hash
