const request = require('request');

request({ url: 'https://example.org', strictSSL: false }, done); // expect: disabled-tls-check
