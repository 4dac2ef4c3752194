const https = require('https');

const options = {
  hostname: 'internal.example.org',
  rejectUnauthorized: false, // expect: disabled-tls-check
  method: 'GET',
};
https.request(options).end();
