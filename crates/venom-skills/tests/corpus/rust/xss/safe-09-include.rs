use axum::response::Html;

async fn about() -> Html<String> {
    Html(format!("<main>{}</main>", include_str!("about.html")))
}
