use sqlx::{Postgres, QueryBuilder};

fn build<'a>(name: &'a str) -> QueryBuilder<'a, Postgres> {
    let mut builder = QueryBuilder::new("SELECT * FROM users WHERE name = ");
    builder.push_bind(name);
    builder
}
