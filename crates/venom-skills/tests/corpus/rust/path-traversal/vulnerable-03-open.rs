use axum::extract::Query;
use std::fs::File;

async fn log(Query(query): Query<Log>) -> String {
    let file = File::open("logs/".to_string() + &query.name); // expect: path-traversal
    format!("{}", file.is_ok())
}
