const jwt = require('jsonwebtoken');

exports.issue = (user) => jwt.sign({ id: user.id }, 'shhh-do-not-tell-9d2f'); // expect: hard-coded-secret
