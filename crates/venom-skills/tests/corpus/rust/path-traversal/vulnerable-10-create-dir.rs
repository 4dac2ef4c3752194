use actix_web::{web, HttpResponse};

async fn create(form: web::Form<Folder>) -> HttpResponse {
    std::fs::create_dir_all(format!("/srv/{}", form.name)).ok(); // expect: path-traversal
    HttpResponse::Created().finish()
}
