use tokio_postgres::Client;

async fn list(client: &Client, order: &str) {
    let mut sql = String::from("SELECT id FROM books ORDER BY ");
    sql.push_str(order);
    let rows = client.query(&sql, &[]).await; // expect: sql-injection
    drop(rows);
}
