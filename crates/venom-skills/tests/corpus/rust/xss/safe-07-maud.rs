use maud::{html, Markup};

fn comment(text: String) -> Markup {
    html! { p { (text) } }
}
