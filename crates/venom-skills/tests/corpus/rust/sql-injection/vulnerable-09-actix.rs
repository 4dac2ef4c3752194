use actix_web::{web, HttpResponse};

async fn show(db: web::Data<Pool>, name: web::Path<String>) -> HttpResponse {
    let row = sqlx::query(&format!("SELECT * FROM pages WHERE slug = '{}'", name)) // expect: sql-injection
        .fetch_one(db.get_ref())
        .await;
    HttpResponse::Ok().json(row.is_ok())
}
