use poem::web::{Html, Path};

#[handler]
fn hello(Path(name): Path<String>) -> Html<String> {
    Html("<h1>".to_string() + &name + "</h1>") // expect: xss
}
