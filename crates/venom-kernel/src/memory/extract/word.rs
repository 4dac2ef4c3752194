//! From a sentence to words, with what their form tells: a version, an address, a path, a variable of
//! the environment, a symbol, a number.

/// What a word's form tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    Number,
    Version,
    Url,
    Path,
    Env,
    Symbol,
}

/// A word of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// As it was written, without the marks around it.
    pub(super) text: String,
    /// In lower case.
    pub(super) low: String,
    pub(super) shape: Shape,
    /// It stood in quotation marks or is code, so it is a name whatever it says.
    pub(super) is_quoted: bool,
    /// A comma stood behind it.
    pub(super) ends: bool,
    /// A mark that begins another thought stood behind it: a bracket, a colon, a dash.
    pub(super) stops: bool,
}

impl Word {
    fn bare(text: &str) -> Self {
        Self {
            low: text.to_lowercase(),
            shape: shape(text, false),
            text: text.to_owned(),
            is_quoted: false,
            ends: false,
            stops: false,
        }
    }

    fn quoted(text: &str) -> Self {
        Self {
            shape: shape(text, true),
            is_quoted: true,
            ..Self::bare(text)
        }
    }

    fn ending(self, ends: bool) -> Self {
        Self { ends, ..self }
    }

    /// Tells whether the word is this one, and no name.
    pub(super) fn is(&self, word: &str) -> bool {
        !self.is_quoted && self.low == word
    }

    /// Tells whether the word is one of these, and no name.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        !self.is_quoted && words.contains(&self.low.as_str())
    }

    /// Tells whether the form says that this is the name of something.
    pub(super) fn is_code(&self) -> bool {
        self.is_quoted
            || match self.shape {
                Shape::Plain | Shape::Number => false,
                Shape::Version | Shape::Url | Shape::Path | Shape::Env | Shape::Symbol => true,
            }
    }
}

/// Pairs of marks that make what stands between them one word.
const QUOTES: &[(char, char)] = &[('`', '`'), ('"', '"'), ('\u{201c}', '\u{201d}')];

/// Returns the words of a sentence.
pub(super) fn words(sentence: &str) -> Vec<Word> {
    let text: Vec<char> = sentence
        .chars()
        .map(|c| if c == '\u{2019}' { '\'' } else { c })
        .collect();
    let mut words: Vec<Word> = Vec::new();
    let mut bare = String::new();
    let mut place = 0;
    while let Some(c) = text.get(place) {
        let close = QUOTES
            .iter()
            .find(|(open, _)| open == c)
            .filter(|_| bare.is_empty() || bare.ends_with('('))
            .and_then(|(_, close)| {
                let rest = text.get(place + 1..)?;
                let length = rest.iter().position(|c| c == close)?;
                (length > 0).then_some(length)
            });
        if let Some(length) = close {
            plain(&std::mem::take(&mut bare), &mut words);
            let inner: String = text.iter().skip(place + 1).take(length).collect();
            place += length + 2;
            let mark = text
                .get(place)
                .copied()
                .filter(|mark| ",:;)".contains(*mark));
            let mut word = Word::quoted(inner.trim()).ending(mark == Some(','));
            word.stops = matches!(mark, Some(':' | ';' | ')'));
            words.push(word);
            if mark.is_some() {
                place += 1;
            }
            // `auth`'s
            if text.get(place) == Some(&'\'') && text.get(place + 1) == Some(&'s') {
                words.push(Word::bare("'s"));
                place += 2;
            }
            continue;
        }
        if c.is_whitespace() {
            plain(&std::mem::take(&mut bare), &mut words);
        } else {
            bare.push(*c);
        }
        place += 1;
    }
    plain(&bare, &mut words);
    words
}

/// Adds a word that was not quoted; words that stand for two become two.
fn plain(bare: &str, words: &mut Vec<Word>) {
    if bare.is_empty() {
        return;
    }
    if matches!(bare, "-" | "--" | "\u{2013}" | "\u{2014}" | ":") {
        if let Some(last) = words.last_mut() {
            last.stops = true;
        }
        return;
    }
    let opened = bare.starts_with(['(', '[']);
    if opened && let Some(last) = words.last_mut() {
        last.stops = true;
    }
    let front = bare.trim_start_matches(['(', '[', '{', '<', '"', '\'', '\u{201c}']);
    let is_address = front.contains("://");
    let back: &[char] = if is_address {
        &['.', ',', ';', ':', '!', '?', ')', ']', '}', '>', '"', '\'']
    } else {
        &[
            '.', ',', ';', ':', '!', '?', ']', '}', '>', '"', '\'', '\u{201d}',
        ]
    };
    let mut core = front.trim_end_matches(back);
    // `parse()` keeps its marks, `(parse)` does not.
    if core.ends_with(')') && !core.ends_with("()") {
        core = core.trim_end_matches(')').trim_end_matches(back);
    }
    let behind = front.get(core.len()..).unwrap_or_default();
    let ends = behind.contains(',');
    let stops = behind.contains([';', ':', ')', ']']);
    if core.is_empty() {
        if let Some(last) = words.last_mut() {
            last.ends |= ends;
            last.stops |= stops;
        }
        return;
    }
    let low = core.to_lowercase();
    let two = match low.as_str() {
        "isn't" => Some(("is", "not")),
        "aren't" => Some(("are", "not")),
        "doesn't" => Some(("does", "not")),
        "don't" | "dont" => Some(("do", "not")),
        "won't" => Some(("will", "not")),
        "can't" | "cannot" => Some(("can", "not")),
        "shouldn't" => Some(("should", "not")),
        "we're" => Some(("we", "are")),
        "we've" => Some(("we", "have")),
        "we'll" => Some(("we", "will")),
        "i'm" => Some(("i", "am")),
        "i've" => Some(("i", "have")),
        "it's" => Some(("it", "is")),
        "that's" => Some(("that", "is")),
        _ => None,
    };
    if let Some((one, other)) = two {
        words.push(Word::bare(one));
        words.push(Word::bare(other).ending(ends));
    } else if let Some(owner) = core.strip_suffix("'s").filter(|owner| !owner.is_empty()) {
        words.push(Word::bare(owner));
        words.push(Word::bare("'s").ending(ends));
    } else {
        words.push(Word::bare(core).ending(ends));
    }
    if let Some(last) = words.last_mut().filter(|_| stops) {
        last.stops = true;
    }
}

/// Endings of names of files.
const FILES: &[&str] = &[
    "rs", "py", "js", "ts", "tsx", "jsx", "go", "java", "kt", "rb", "c", "h", "cpp", "hpp", "cs",
    "php", "sh", "md", "txt", "toml", "yaml", "yml", "json", "xml", "ini", "cfg", "conf", "env",
    "lock", "sql", "html", "css", "proto", "dl", "tf", "gradle",
];

fn shape(text: &str, is_quoted: bool) -> Shape {
    let low = text.to_lowercase();
    let has_space = text.contains(char::is_whitespace);
    if low.starts_with("http://") || low.starts_with("https://") || low.starts_with("ssh://") {
        return Shape::Url;
    }
    if has_space || text.is_empty() {
        return Shape::Plain;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return Shape::Number;
    }
    if is_version(text) {
        return Shape::Version;
    }
    if is_env(text) {
        return Shape::Env;
    }
    if is_path(text, &low) {
        return Shape::Path;
    }
    let is_symbol = text.contains("::")
        || text.ends_with("()")
        || is_quoted
            && text
                .chars()
                .all(|c| c.is_alphanumeric() || "_.:<>&$@-".contains(c))
        || text.contains('_') && text.chars().all(|c| c.is_alphanumeric() || c == '_')
        || is_camel(text);
    if is_symbol {
        Shape::Symbol
    } else {
        Shape::Plain
    }
}

/// `1.2`, `v3`, `2.0.0-rc.1`, `20.04`, `1.x`.
fn is_version(text: &str) -> bool {
    let rest = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let has_prefix = rest.len() < text.len();
    let (numbers, _) = rest.split_once(['-', '+']).unwrap_or((rest, ""));
    let mut parts = numbers.split('.');
    let first = parts.next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let rest_fits = parts
        .clone()
        .all(|part| is_number(part) || matches!(part, "x" | "*"));
    is_number(first) && rest_fits && (has_prefix || parts.next().is_some())
}

/// `DATABASE_URL`, `$HOME`.
fn is_env(text: &str) -> bool {
    let (name, has_sign) = match text.strip_prefix('$') {
        Some(name) => (name.trim_matches(['{', '}']), true),
        None => (text, false),
    };
    let fits = name.chars().count() >= 3
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    fits && (has_sign || name.contains('_'))
}

fn is_path(text: &str, low: &str) -> bool {
    let fits = text
        .chars()
        .all(|c| c.is_alphanumeric() || "/._-~@+*".contains(c));
    if !fits {
        return false;
    }
    let ends = low
        .rsplit_once('.')
        .is_some_and(|(stem, end)| !stem.is_empty() && FILES.contains(&end));
    let has_parts = text.contains('/')
        && text.chars().any(char::is_alphabetic)
        && !matches!(
            low,
            "and/or" | "i/o" | "n/a" | "ci/cd" | "w/o" | "tcp/ip" | "client/server"
        );
    let is_hidden = text.starts_with('.')
        && text.chars().nth(1).is_some_and(char::is_alphabetic)
        && text.chars().count() > 2;
    let is_known = matches!(
        text,
        "Dockerfile" | "Makefile" | "Justfile" | "justfile" | "CODEOWNERS"
    );
    ends || has_parts || is_hidden || is_known
}

/// `AuthService`: two humps at least.
fn is_camel(text: &str) -> bool {
    let mut before = None;
    let mut humps = 0;
    for c in text.chars() {
        if !c.is_alphanumeric() {
            return false;
        }
        if c.is_uppercase() && before.is_some_and(char::is_lowercase) {
            humps += 1;
        }
        before = Some(c);
    }
    // `GitHub` and `PostgreSQL` are names as others are; it makes no difference here.
    humps >= 1
}
