use rusqlite::Connection;

fn count(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row(concat!("SELECT COUNT(*) ", "FROM users"), [], |row| row.get(0))
}
