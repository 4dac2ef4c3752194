use rocket::response::content::RawHtml;

#[get("/hello/<name>")]
fn hello(name: &str) -> RawHtml<String> {
    RawHtml(format!("<h1>{}</h1>", name)) // expect: xss
}
