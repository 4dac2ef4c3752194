const crypto = require('crypto');

exports.sign = (body, key) => crypto.createHmac('sha256', key).update(body).digest('hex');
