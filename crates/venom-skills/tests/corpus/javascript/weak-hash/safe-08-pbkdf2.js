const crypto = require('crypto');

exports.derive = (password, salt) => crypto.pbkdf2Sync(password, salt, 600000, 32, 'sha256');
