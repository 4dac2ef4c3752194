use axum::extract::Path;
use std::path::PathBuf;

async fn page(Path(slug): Path<String>) -> String {
    let mut path = PathBuf::from("pages");
    path.push(&slug);
    std::fs::read_to_string(&path).unwrap_or_default() // expect: path-traversal
}
