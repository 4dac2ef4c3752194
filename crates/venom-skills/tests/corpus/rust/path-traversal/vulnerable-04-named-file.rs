use actix_files::NamedFile;
use actix_web::{web, Result};

async fn serve(query: web::Query<Wanted>) -> Result<NamedFile> {
    Ok(NamedFile::open(format!("uploads/{}", query.file))?) // expect: path-traversal
}
