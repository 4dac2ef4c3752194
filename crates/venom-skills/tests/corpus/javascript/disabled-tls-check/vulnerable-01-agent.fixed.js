const https = require('https');

const agent = new https.Agent({}); // expect: disabled-tls-check
module.exports = agent;
