use rusqlite::Connection;

fn names(connection: &Connection, column: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("SELECT {column} FROM people"))?; // expect: sql-injection
    statement.query([])?;
    Ok(())
}
