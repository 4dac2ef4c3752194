use axum::response::{Html, IntoResponse};
use axum::http::Uri;

async fn fallback(uri: Uri) -> impl IntoResponse {
    Html(format!("<p>Nothing at {}</p>", uri)) // expect: xss
}
