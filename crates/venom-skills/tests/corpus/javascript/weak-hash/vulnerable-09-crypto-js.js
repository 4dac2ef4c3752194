const CryptoJS = require('crypto-js');

exports.hash = (password) => CryptoJS.SHA1(password).toString(); // expect: weak-hash
