use axum::extract::Path;
use axum::response::Html;

async fn not_found(Path(path): Path<String>) -> Html<String> {
    let page = format!("<html><body>No page at {path}</body></html>");
    Html(page) // expect: xss
}
