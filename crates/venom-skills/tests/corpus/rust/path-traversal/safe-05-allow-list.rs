use axum::extract::Query;

async fn page(Query(query): Query<Page>) -> String {
    let file = match query.page.as_str() {
        "about" => "about.html",
        _ => "index.html",
    };
    std::fs::read_to_string(file).unwrap_or_default()
}
