use rusqlite::Connection;

fn count(connection: &Connection, city: String) -> rusqlite::Result<i64> {
    let sql = "SELECT COUNT(*) FROM shops WHERE city = '".to_owned() + &city + "'";
    connection.query_row(&sql, [], |row| row.get(0)) // expect: sql-injection
}
