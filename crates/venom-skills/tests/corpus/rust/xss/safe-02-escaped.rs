use axum::{extract::Query, response::Html};

async fn hello(Query(params): Query<Params>) -> Html<String> {
    Html(format!("<h1>Hello {}</h1>", html_escape::encode_text(&params.name)))
}
