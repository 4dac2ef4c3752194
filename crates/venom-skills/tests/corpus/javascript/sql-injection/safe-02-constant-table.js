const { Pool } = require('pg');
const pool = new Pool();
const TABLE = 'users';

async function all(id) {
  return pool.query(`SELECT * FROM ${TABLE} WHERE id = $1`, [id]);
}
