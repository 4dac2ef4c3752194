use axum::{extract::Form, response::Html};

async fn count(Form(form): Form<Post>) -> Html<String> {
    Html(format!("<p>{} letters</p>", form.body.len()))
}
