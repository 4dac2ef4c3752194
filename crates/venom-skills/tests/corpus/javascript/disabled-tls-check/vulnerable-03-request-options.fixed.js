const https = require('https');

const options = {
  hostname: 'internal.example.org',
  method: 'GET',
};
https.request(options).end();
