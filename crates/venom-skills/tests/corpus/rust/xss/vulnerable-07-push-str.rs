use axum::extract::Form;
use axum::response::Html;

async fn preview(Form(form): Form<Post>) -> Html<String> {
    let mut page = String::from("<article>");
    page.push_str(&form.body);
    page.push_str("</article>");
    Html(page) // expect: xss
}
