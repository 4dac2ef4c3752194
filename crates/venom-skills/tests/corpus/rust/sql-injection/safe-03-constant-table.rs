use rusqlite::Connection;

const TABLE: &str = "users";

fn count(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row(&format!("SELECT COUNT(*) FROM {TABLE}"), [], |row| row.get(0))
}
