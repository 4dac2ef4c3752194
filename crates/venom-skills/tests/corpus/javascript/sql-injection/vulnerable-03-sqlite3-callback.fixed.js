const sqlite3 = require('sqlite3');
const db = new sqlite3.Database('shop.db');

app.get('/orders/:id', (req, res) => {
  db.get('SELECT * FROM orders WHERE id = ?', [req.params.id], (err, row) => { // expect: sql-injection
    res.json(row);
  });
});
