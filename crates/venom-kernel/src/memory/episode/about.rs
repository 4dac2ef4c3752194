//! What a text is about: the paths, symbols, versions and names that stand in it.
//!
//! By form alone: nothing is looked up, and a word at the beginning of a sentence is no name for being
//! written with a capital.

/// The most names of one text. Chosen: a paragraph has fewer; a listing of files must not fill the index.
const MOST: usize = 24;
/// The longest name, in characters.
const LONGEST: usize = 120;

/// Returns the names in a text, each once, in the order in which they come. Names keep their case.
pub fn about(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_start = true;
    let mut open: Vec<&str> = Vec::new();
    for word in text.split_whitespace() {
        let ends = word.ends_with(['.', '!', '?', ':', ';']);
        let bare = trimmed(word);
        let is_name = is_capital(bare) && !is_start && bare.chars().count() > 1;
        if is_thing(bare) {
            close(&mut open, &mut found);
            push(&mut found, bare.to_owned());
        } else if is_name {
            open.push(bare);
        } else {
            close(&mut open, &mut found);
        }
        // A comma ends a name, and so does the end of a sentence.
        if ends || word.ends_with(',') {
            close(&mut open, &mut found);
        }
        is_start = ends;
        if found.len() >= MOST {
            break;
        }
    }
    close(&mut open, &mut found);
    found.truncate(MOST);
    found
}

/// Takes up the words of one name, such as those of a person.
fn close(open: &mut Vec<&str>, found: &mut Vec<String>) {
    if open.is_empty() {
        return;
    }
    push(found, open.join(" "));
    open.clear();
}

fn push(found: &mut Vec<String>, name: String) {
    if name.chars().count() <= LONGEST && !found.contains(&name) {
        found.push(name);
    }
}

fn trimmed(word: &str) -> &str {
    let outer = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '_' | '~');
    let word = word.trim_matches(outer).trim_end_matches('/');
    word.strip_suffix("'s")
        .or_else(|| word.strip_suffix("\u{2019}s"))
        .unwrap_or(word)
}

fn is_capital(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(char::is_uppercase)
        // `I`, `I'm` and `I've` name nobody else.
        && !(word == "I" || word.starts_with("I'") || word.starts_with("I\u{2019}"))
}

/// Tells whether a word has the form of a path, a symbol, an address or a version.
fn is_thing(word: &str) -> bool {
    let inner = |at: usize, of: &[char]| {
        let before = at.checked_sub(1).and_then(|at| of.get(at));
        let after = of.get(at + 1);
        before.is_some_and(|c| c.is_alphanumeric()) && after.is_some_and(|c| c.is_alphanumeric())
    };
    let characters: Vec<char> = word.chars().take(LONGEST + 1).collect();
    let count = characters.len();
    if !(2..=LONGEST).contains(&count) || !characters.iter().any(|c| c.is_alphanumeric()) {
        return false;
    }
    // What is quoted in the middle is data and no name.
    if characters.contains(&'"') {
        return false;
    }
    let all_numbers = characters
        .iter()
        .all(|c| c.is_ascii_digit() || matches!(c, ':' | '/' | ',' | '-' | '%'));
    if all_numbers {
        return false;
    }
    characters.iter().enumerate().any(|(at, c)| match c {
        '/' => count > 3,
        '_' | '\\' => true,
        '.' | '@' => inner(at, &characters),
        ':' => characters.get(at + 1) == Some(&':'),
        c => {
            c.is_uppercase()
                && at
                    .checked_sub(1)
                    .and_then(|at| characters.get(at))
                    .is_some_and(|before| before.is_lowercase())
        }
    })
}
