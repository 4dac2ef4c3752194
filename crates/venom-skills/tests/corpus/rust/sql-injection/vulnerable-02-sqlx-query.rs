use sqlx::PgPool;

async fn find(pool: &PgPool, email: &str) -> sqlx::Result<Vec<User>> {
    let sql = format!("SELECT * FROM users WHERE email = '{email}'");
    sqlx::query_as(&sql).fetch_all(pool).await // expect: sql-injection
}
