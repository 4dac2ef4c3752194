use actix_web::{web, HttpResponse};

async fn hello(name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().json(name.into_inner())
}
