use maud::{html, Markup, PreEscaped};

fn comment(text: String) -> Markup {
    html! { p { (PreEscaped(text)) } } // expect: xss
}
