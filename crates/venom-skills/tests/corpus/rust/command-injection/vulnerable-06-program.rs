use axum::extract::Query;
use std::process::Command;

async fn tool(Query(query): Query<Tool>) -> String {
    let output = Command::new(&query.program).output(); // expect: command-injection
    format!("{output:?}")
}
