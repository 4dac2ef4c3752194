use diesel::prelude::*;
use diesel::sql_query;

fn search(connection: &mut PgConnection, term: &str) -> QueryResult<Vec<Item>> {
    sql_query(format!("SELECT * FROM items WHERE title LIKE '%{term}%'")).load(connection) // expect: sql-injection
}
