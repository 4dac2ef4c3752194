const Database = require('better-sqlite3');
const db = new Database('app.db');

function remove(table, id) {
  db.prepare('DELETE FROM ' + table + ' WHERE id = ?').run(id); // expect: sql-injection
}
