const md5 = require('md5');

exports.gravatar = (email) => `https://gravatar.com/avatar/${md5(email.trim().toLowerCase())}`;
