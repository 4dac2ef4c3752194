use axum::extract::Path;
use std::path;

async fn download(Path(name): Path<String>) -> Vec<u8> {
    let name = path::Path::new(&name).file_name().unwrap_or_default();
    tokio::fs::read(path::Path::new("files").join(name)).await.unwrap_or_default()
}
