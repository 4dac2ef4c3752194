use rusqlite::Connection;

const TABLES: [&str; 2] = ["users", "orders"];

fn clear(connection: &Connection, table: &str) -> rusqlite::Result<()> {
    if !TABLES.contains(&table) {
        return Ok(());
    }
    connection.execute_batch(&format!("DELETE FROM {table}"))
}
