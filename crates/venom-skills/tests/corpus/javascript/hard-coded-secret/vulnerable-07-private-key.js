const key = [
  '-----BEGIN RSA PRIVATE KEY-----', // expect: hard-coded-secret
  'MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MaFh5nXwzLrUq1aA',
  '-----END RSA PRIVATE KEY-----',
].join('\n');
module.exports = key;
