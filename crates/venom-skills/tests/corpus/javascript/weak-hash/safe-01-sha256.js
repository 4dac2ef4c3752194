const crypto = require('crypto');

exports.digest = (data) => crypto.createHash('sha256').update(data).digest('hex');
