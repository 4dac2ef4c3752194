const mysql = require('mysql');
const connection = mysql.createConnection({ host: 'db' });

exports.update = function (req, res) {
  connection.query( // expect: sql-injection
    { sql: 'UPDATE users SET name = "' + req.body.name + '" WHERE id = 1', timeout: 4000 },
    () => res.end(),
  );
};
