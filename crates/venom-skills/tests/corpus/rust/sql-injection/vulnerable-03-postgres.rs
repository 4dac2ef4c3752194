use postgres::Client;

fn remove(client: &mut Client, table: &str) -> Result<u64, postgres::Error> {
    client.execute(format!("DELETE FROM {}", table).as_str(), &[]) // expect: sql-injection
}
