const { Pool } = require('pg');
const pool = new Pool();

async function filter(query) {
  let sql = 'SELECT * FROM items WHERE 1 = 1';
  if (query.color) {
    sql += " AND color = '" + query.color + "'";
  }
  return pool.query(sql); // expect: sql-injection
}
