const { Client } = require('pg');

const client = new Client({
  host: 'db.example.org',
  ssl: { rejectUnauthorized: false }, // expect: disabled-tls-check
});
