use rusqlite::{params, Connection};

fn rename(connection: &Connection, id: i64, name: &str) -> rusqlite::Result<usize> {
    connection.execute("UPDATE users SET name = ?1 WHERE id = ?2", params![name, id])
}
