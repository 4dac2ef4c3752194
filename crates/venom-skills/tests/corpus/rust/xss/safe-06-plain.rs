use actix_web::{web, HttpResponse};

async fn hello(name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body(format!("Hello {name}"))
}
