const db = require('./db');

function list(descending) {
  return db.query('SELECT * FROM posts ORDER BY id ' + (descending ? 'DESC' : 'ASC'));
}
