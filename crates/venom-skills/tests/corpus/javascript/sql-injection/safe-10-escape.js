const mysql = require('mysql');
const connection = mysql.createConnection({});

function byTitle(title, done) {
  connection.query('SELECT * FROM books WHERE title = ' + mysql.escape(title), done);
}
