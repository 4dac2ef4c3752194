//! Foreign text on one line of a message.

/// Returns a text on one line of at most so many characters, without control characters.
pub(crate) fn line(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut count = 0;
    let mut was_space = true;
    for c in text.chars() {
        let is_space = c.is_whitespace() || c.is_control();
        if is_space && was_space {
            continue;
        }
        if count == most {
            line.push('…');
            break;
        }
        line.push(if is_space { ' ' } else { c });
        was_space = is_space;
        count += 1;
    }
    line.trim_end().to_owned()
}

/// Returns the causes of an error, outermost first, on one line.
pub(crate) fn words(error: &dyn std::error::Error) -> String {
    let mut said = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if said.last().is_none_or(|last| !last.contains(&text)) {
            said.push(text);
        }
        cause = error.source();
    }
    line(&said.join(": "), 300)
}
