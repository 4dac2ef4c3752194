use postgres::Client;

fn list(client: &mut Client, order: &str) {
    let column = match order {
        "name" => "name",
        "age" => "age",
        _ => "id",
    };
    let _ = client.query(&format!("SELECT * FROM people ORDER BY {column}"), &[]);
}
