const https = require('https');

const agent = new https.Agent({ rejectUnauthorized: false }); // expect: disabled-tls-check
module.exports = agent;
