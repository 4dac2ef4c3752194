use axum::extract::Json;

async fn tags(Json(body): Json<Tags>) -> String {
    body.names.join(", ")
}
