use rocket::fs::NamedFile;

#[get("/doc?<name>")]
async fn doc(name: String) -> Option<NamedFile> {
    NamedFile::open(format!("docs/{name}")).await.ok() // expect: path-traversal
}
