const https = require('https');
https.get({ hostname: 'example.org', strictSSL: true });
