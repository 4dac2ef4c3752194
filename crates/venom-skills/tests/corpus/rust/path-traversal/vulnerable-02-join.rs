use actix_web::{web, HttpResponse};
use std::path::Path;

async fn show(name: web::Path<String>) -> HttpResponse {
    let path = Path::new("/srv/notes").join(name.as_str());
    let text = std::fs::read_to_string(path).unwrap_or_default(); // expect: path-traversal
    HttpResponse::Ok().body(text)
}
