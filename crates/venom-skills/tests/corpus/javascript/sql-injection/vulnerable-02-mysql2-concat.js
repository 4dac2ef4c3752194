const mysql = require('mysql2/promise');

async function login(req, res) {
  const db = await mysql.createConnection({ host: 'localhost' });
  const sql = "SELECT id FROM users WHERE email = '" + req.body.email + "'";
  const [rows] = await db.execute(sql); // expect: sql-injection
  res.json(rows);
}
