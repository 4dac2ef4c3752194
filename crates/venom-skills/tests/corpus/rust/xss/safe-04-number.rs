use axum::{extract::Path, response::Html};

async fn square(Path(number): Path<u64>) -> Html<String> {
    Html(format!("<p>{}</p>", number * number))
}
