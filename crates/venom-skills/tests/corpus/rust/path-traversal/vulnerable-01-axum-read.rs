use axum::extract::Path;

async fn download(Path(name): Path<String>) -> Vec<u8> {
    tokio::fs::read(format!("files/{name}")).await.unwrap_or_default() // expect: path-traversal
}
