'use strict';

const https = require('https');

exports.fetchText = (url, ca) =>
  new Promise((resolve, reject) => {
    const options = {
      ca,
      method: 'GET',
      rejectUnauthorized: false,
      timeout: 5000,
    };
    const request = https.request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    request.on('error', reject);
    request.end();
  });
