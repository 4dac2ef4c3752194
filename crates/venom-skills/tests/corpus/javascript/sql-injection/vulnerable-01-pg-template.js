const { Pool } = require('pg');
const pool = new Pool();

async function findUser(name) {
  const result = await pool.query(`SELECT * FROM users WHERE name = '${name}'`); // expect: sql-injection
  return result.rows[0];
}

module.exports = { findUser };
