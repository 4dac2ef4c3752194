const options = new URL('https://example.org');
options.rejectUnauthorized = false; // expect: disabled-tls-check
require('https').get(options);
