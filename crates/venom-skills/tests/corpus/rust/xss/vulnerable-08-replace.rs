use axum::extract::Query;
use axum::response::Html;

async fn search(Query(query): Query<Search>) -> Html<String> {
    Html(include_str!("page.html").replace("{{q}}", &query.q)) // expect: xss
}
