const mysql = require('mysql2/promise');

async function many(pool, ids) {
  const marks = ids.map(() => '?').join(', ');
  return pool.query(`SELECT * FROM users WHERE id IN (${marks})`, ids);
}
