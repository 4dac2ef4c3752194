const db = require('./db');
const COLUMNS = ['name', 'price'];

async function sorted(column) {
  if (!COLUMNS.includes(column)) {
    throw new Error('unknown column');
  }
  return db.query(`SELECT * FROM products ORDER BY ${column}`);
}
