use rusqlite::Connection;

fn rename(connection: &Connection, id: i64, name: &str) -> rusqlite::Result<usize> {
    connection.execute("UPDATE users SET name = ? WHERE id = ?", rusqlite::params![name, id]) // expect: sql-injection
}
