pub async fn drop_user(pool: &sqlx::SqlitePool, name: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(&format!("DROP USER {name}")).execute(pool).await?; // expect: sql-injection
    Ok(())
}
