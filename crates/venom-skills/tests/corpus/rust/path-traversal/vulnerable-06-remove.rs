use axum::{extract::Json, http::StatusCode};

async fn remove(Json(body): Json<Remove>) -> StatusCode {
    std::fs::remove_file(format!("data/{}", body.name)).ok(); // expect: path-traversal
    StatusCode::NO_CONTENT
}
