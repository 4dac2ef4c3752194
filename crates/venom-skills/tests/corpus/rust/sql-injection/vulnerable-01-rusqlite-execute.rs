use rusqlite::Connection;

fn rename(connection: &Connection, id: i64, name: &str) -> rusqlite::Result<usize> {
    connection.execute(&format!("UPDATE users SET name = '{}' WHERE id = {}", name, id), []) // expect: sql-injection
}
