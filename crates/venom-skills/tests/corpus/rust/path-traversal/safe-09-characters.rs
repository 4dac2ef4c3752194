use axum::extract::Path;

async fn doc(Path(slug): Path<String>) -> String {
    if !slug.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        return String::new();
    }
    std::fs::read_to_string(format!("docs/{slug}.md")).unwrap_or_default()
}
