const { Pool } = require('pg');
const pool = new Pool();

async function findUser(name) {
  return pool.query('SELECT * FROM users WHERE name = $1', [name]);
}
