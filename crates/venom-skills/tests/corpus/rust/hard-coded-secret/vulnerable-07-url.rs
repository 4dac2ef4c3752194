async fn pool() -> sqlx::Result<sqlx::PgPool> {
    sqlx::PgPool::connect("postgres://shop:s3cr3tPw99@db.internal/shop").await // expect: hard-coded-secret
}
