use rusqlite::Connection;

fn purge(connection: &Connection, days: &str) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("DELETE FROM log WHERE age > {days};")) // expect: sql-injection
}
