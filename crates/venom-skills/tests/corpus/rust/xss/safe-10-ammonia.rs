use axum::{extract::Form, response::Html};

async fn preview(Form(form): Form<Post>) -> Html<String> {
    Html(ammonia::clean(&form.body))
}
