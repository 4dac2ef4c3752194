use actix_web::{web, HttpResponse};

async fn hello(name: web::Path<String>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html").body(format!("<p>Hello {name}</p>")) // expect: xss
}
