const crypto = require('crypto');

exports.hash = (password, salt) => crypto.scryptSync(password, salt, 64);
