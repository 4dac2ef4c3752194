//! The accounts.

use rusqlite::Connection;

/// Makes an empty book.
pub fn open() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.execute(
        "CREATE TABLE accounts (id INTEGER, owner TEXT, balance INTEGER)",
        [],
    )?;
    Ok(connection)
}

/// Writes an account.
pub fn add(connection: &Connection, id: i64, owner: &str, balance: i64) -> rusqlite::Result<usize> {
    connection.execute(
        &format!(
            "INSERT INTO accounts (id, owner, balance) VALUES ({}, '{}', {})",
            id, owner, balance
        ),
        [],
    )
}

/// Gives an account to somebody else.
pub fn hand_over(connection: &Connection, id: i64, owner: &str) -> rusqlite::Result<usize> {
    connection.execute(
        &format!("UPDATE accounts SET owner = '{}' WHERE id = {}", owner, id),
        [],
    )
}

/// Looks up what somebody has.
pub fn balance(connection: &Connection, owner: &str) -> rusqlite::Result<i64> {
    connection.query_row(
        &format!("SELECT balance FROM accounts WHERE owner = '{owner}'"),
        [],
        |row| row.get(0),
    )
}

/// Looks up whose an account is.
pub fn owner(connection: &Connection, id: &str) -> rusqlite::Result<String> {
    connection.query_row(
        &format!("SELECT owner FROM accounts WHERE id = {id}"),
        [],
        |row| row.get(0),
    )
}

/// Takes an account out of the book.
pub fn remove(connection: &Connection, owner: &str) -> rusqlite::Result<usize> {
    connection.execute(
        &format!("DELETE FROM accounts WHERE owner = '{}'", owner),
        [],
    )
}

/// Lists who has more than so much.
pub fn owners(connection: &Connection, above: i64) -> rusqlite::Result<Vec<String>> {
    let query = format!("SELECT owner FROM accounts WHERE balance > {above} ORDER BY id");
    let mut statement = connection.prepare(&query)?;
    let owners = statement.query_map([], |row| row.get(0))?;
    owners.collect()
}
