use askama::Template;
use axum::response::Html;

async fn hello(template: HelloTemplate) -> Html<String> {
    Html(template.render().unwrap_or_default())
}
