use axum::extract::Multipart;

async fn upload(mut multipart: Multipart) {
    while let Ok(Some(field)) = multipart.next_field().await {
        let name = field.file_name().unwrap_or("x").to_string();
        let data = field.bytes().await.unwrap_or_default();
        tokio::fs::write(format!("uploads/{name}"), data).await.ok(); // expect: path-traversal
    }
}
