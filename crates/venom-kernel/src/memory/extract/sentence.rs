//! From a text to sentences. A full stop ends one only where white space follows, so that versions,
//! paths and addresses stay whole. Fenced code says nothing.

/// Longest sentence that is looked at, in characters. Chosen: what is longer is no statement.
const LONGEST: usize = 1_000;

/// Words whose full stop ends no sentence.
const SHORT: &[&str] = &[
    "e.g", "i.e", "etc", "vs", "v", "no", "incl", "resp", "approx", "ver",
];

/// Returns the sentences of a text, without marks of lists, headings and emphasis. Questions are left
/// out.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let text: String = text.chars().take(super::LONGEST_TEXT).collect();
    let mut sentences = Vec::new();
    let mut block = String::new();
    let mut is_code = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            is_code = !is_code;
            split(&std::mem::take(&mut block), &mut sentences);
            continue;
        }
        // What memory printed says nothing new, and rules are code.
        let is_known = super::is_from_memory(line) || line.contains(":-");
        if is_known {
            split(&std::mem::take(&mut block), &mut sentences);
        }
        if is_code || is_known {
            continue;
        }
        let bare = unmarked(line);
        let begins = bare.len() != line.len() || line.is_empty();
        if begins {
            split(&std::mem::take(&mut block), &mut sentences);
        }
        if !block.is_empty() {
            block.push(' ');
        }
        block.push_str(bare);
        if line.starts_with('#') {
            split(&std::mem::take(&mut block), &mut sentences);
        }
    }
    split(&block, &mut sentences);
    sentences
}

/// Takes the marks off a line's beginning.
fn unmarked(line: &str) -> &str {
    let numbered = || {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = line.len() - rest.len();
        (1..=3)
            .contains(&digits)
            .then(|| rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")))
            .flatten()
    };
    let bulleted = || {
        ["- ", "* ", "+ ", "> ", "\u{2022} "]
            .iter()
            .find_map(|mark| line.strip_prefix(mark))
    };
    if line.starts_with('#') {
        return line.trim_start_matches('#').trim();
    }
    bulleted().or_else(numbered).unwrap_or(line).trim()
}

fn split(block: &str, sentences: &mut Vec<String>) {
    let text: Vec<char> = block.replace("**", "").replace("__", "").chars().collect();
    let mut sentence = String::new();
    let mut quote: Option<char> = None;
    for (place, c) in text.iter().enumerate() {
        let next = text.get(place + 1);
        if *c == '`' {
            quote = match quote {
                Some(_) => None,
                None if text.iter().skip(place + 1).any(|c| *c == '`') => Some('`'),
                None => None,
            };
        }
        let is_end = quote.is_none()
            && next.is_none_or(|next| next.is_whitespace())
            && matches!(c, '.' | '!' | '?' | ';')
            && !(*c == '.' && is_short(&sentence));
        if is_end {
            push(&mut sentence, *c == '?', sentences);
        } else {
            sentence.push(*c);
        }
    }
    push(&mut sentence, false, sentences);
}

fn is_short(sentence: &str) -> bool {
    let last = sentence
        .rsplit(|c: char| c.is_whitespace() || c == '(')
        .next()
        .unwrap_or_default();
    SHORT.contains(&last.to_lowercase().as_str())
}

fn push(sentence: &mut String, is_question: bool, sentences: &mut Vec<String>) {
    let taken = std::mem::take(sentence);
    let taken = taken.trim();
    if !taken.is_empty() && !is_question && taken.chars().count() <= LONGEST {
        sentences.push(taken.to_owned());
    }
}
