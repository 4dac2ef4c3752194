use rusqlite::Connection;

fn page(connection: &Connection, offset: u32) -> rusqlite::Result<usize> {
    connection.execute(&format!("DELETE FROM log LIMIT {offset}"), [])
}
