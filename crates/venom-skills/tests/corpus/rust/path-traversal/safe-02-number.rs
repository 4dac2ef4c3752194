use axum::extract::Path;

async fn download(Path(id): Path<u64>) -> Vec<u8> {
    tokio::fs::read(format!("files/{id}")).await.unwrap_or_default()
}
