const db = require('./db');

async function page(req) {
  const offset = parseInt(req.query.offset, 10);
  return db.query(`SELECT * FROM posts LIMIT 20 OFFSET ${offset}`);
}
