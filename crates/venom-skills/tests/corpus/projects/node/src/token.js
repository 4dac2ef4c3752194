'use strict';

const crypto = require('crypto');

exports.token = () => {
  const token = crypto.pseudoRandomBytes(16).toString('hex');
  return token;
};
