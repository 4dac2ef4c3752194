//! Words out of outside text: cleaning, tokenising, stemming.
//!
//! Owns what a "word" is for every other module. Text is hostile here: it is bounded, invisible
//! characters are removed so that they cannot split or disguise a word, and it is never cut inside
//! a character. This module must not know about intents, weights or scores.

mod stem;
#[cfg(test)]
mod tests;

pub use stem::stem;

/// Bounds how much of an input is read, in bytes; the rest is ignored.
///
/// Chosen: a goal in plain words has a few hundred bytes, and 64 KiB of words are still matched in
/// well under a tenth of a second.
pub const MAX_BYTES: usize = 64 * 1024;

/// Bounds the length of one word, in characters; longer runs are cut.
///
/// Chosen: longer than any word a person types, short enough that a pasted blob of base64 does not
/// become thousands of features.
const MAX_WORD_CHARS: usize = 48;

/// Bounds the length of a slot name, in characters, so that a stray brace is not a slot.
const MAX_SLOT_CHARS: usize = 32;

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The cleaned, lower-cased word as it was written.
    pub text: String,
    /// The stem, equal for the inflected forms of a word.
    pub stem: String,
    /// What the word says about the goal.
    pub role: Role,
    /// Words of one path, identifier or quotation share a number and count as one value.
    pub chunk: usize,
}

/// What a word says about the goal it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It carries meaning: `tests`, `marathon`.
    Content,
    /// It is grammar or politeness: `the`, `please`.
    Function,
    /// It is a value given by the user: a quotation, a path, a number, an identifier.
    Value,
}

/// One part of an example utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A word that has to be there.
    Word(Word),
    /// A named place for any words, written `{name}`.
    Slot(String),
}

/// A tokenised text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    parts: Vec<Part>,
}

impl Text {
    /// Reads what a user wrote; braces have no meaning.
    pub fn goal(raw: &str) -> Self {
        Self::read(raw, Braces::Plain)
    }

    /// Reads an example utterance, where `{name}` is a slot.
    pub fn utterance(raw: &str) -> Self {
        Self::read(raw, Braces::Slots)
    }

    /// Returns words and slots in the order of the text.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Returns the words without the slots.
    pub fn words(&self) -> impl Iterator<Item = &Word> {
        self.parts.iter().filter_map(|part| match part {
            Part::Word(word) => Some(word),
            Part::Slot(_) => None,
        })
    }

    /// Tells whether the text has at least one slot.
    pub fn has_slots(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Slot(_)))
    }

    fn read(raw: &str, braces: Braces) -> Self {
        let cleaned: Vec<char> = clean(raw).chars().collect();
        let mut reader = Reader {
            parts: Vec::new(),
            chunk: 0,
        };
        reader.read(&cleaned, braces);
        Self {
            parts: reader.parts,
        }
    }
}

/// Cleans a text without lower-casing it: bounded, no invisible characters, plain quotes and
/// dashes, single blanks, Latin letters without accents.
///
/// This is the part of NFKC that matters for matching typed commands; full normalisation would
/// need tables of some hundred kilobytes.
pub fn clean(raw: &str) -> String {
    let mut cleaned = String::with_capacity(raw.len().min(MAX_BYTES));
    let mut is_blank_due = false;
    for (_, character) in raw
        .char_indices()
        .take_while(|(at, character)| at + character.len_utf8() <= MAX_BYTES)
    {
        if is_invisible(character) {
            continue;
        }
        if character.is_whitespace() || character.is_control() {
            is_blank_due = !cleaned.is_empty();
            continue;
        }
        if is_blank_due {
            cleaned.push(' ');
            is_blank_due = false;
        }
        fold(character, &mut cleaned);
    }
    cleaned
}

/// Cleans and lower-cases a text: the form in which two texts are compared for equality.
pub fn normalize(raw: &str) -> String {
    lower(&clean(raw))
}

fn lower(text: &str) -> String {
    // Lower-casing can produce combining marks (Turkish dotted I), which cleaning had removed.
    text.chars()
        .flat_map(char::to_lowercase)
        .filter(|character| !is_invisible(*character))
        .collect()
}

/// Zero-width, bidirectional and variation characters, tags and combining marks.
fn is_invisible(character: char) -> bool {
    matches!(u32::from(character),
        0x00AD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
        | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
        | 0xFFF9..=0xFFFB | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF
        | 0x0300..=0x036F)
}

fn fold(character: char, out: &mut String) {
    let folded = match character {
        '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' | '\u{2032}' | '\u{00B4}' => '\'',
        '\u{201C}'..='\u{201F}' | '\u{00AB}' | '\u{00BB}' | '\u{2033}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{2024}' => '.',
        // Full-width forms stand at a fixed distance from ASCII.
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character)
        }
        'À'..='Å' => 'A',
        'à'..='å' => 'a',
        'Ç' => 'C',
        'ç' => 'c',
        'È'..='Ë' => 'E',
        'è'..='ë' => 'e',
        'Ì'..='Ï' => 'I',
        'ì'..='ï' => 'i',
        'Ñ' => 'N',
        'ñ' => 'n',
        'Ò'..='Ö' | 'Ø' => 'O',
        'ò'..='ö' | 'ø' => 'o',
        'Ù'..='Ü' => 'U',
        'ù'..='ü' => 'u',
        'Ý' => 'Y',
        'ý' | 'ÿ' => 'y',
        'ß' => return out.push_str("ss"),
        'Æ' | 'æ' => return out.push_str("ae"),
        'Œ' | 'œ' => return out.push_str("oe"),
        '\u{2026}' => return out.push_str("..."),
        '\u{FB00}' => return out.push_str("ff"),
        '\u{FB01}' => return out.push_str("fi"),
        '\u{FB02}' => return out.push_str("fl"),
        '\u{FB03}' => return out.push_str("ffi"),
        '\u{FB04}' => return out.push_str("ffl"),
        other => other,
    };
    out.push(folded);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Braces {
    Plain,
    Slots,
}

struct Reader {
    parts: Vec<Part>,
    chunk: usize,
}

impl Reader {
    fn read(&mut self, text: &[char], braces: Braces) {
        let mut rest = text;
        let mut plain_from = rest;
        let mut plain_length = 0;
        // True where a word may begin, which is also where a quotation may begin.
        let mut is_boundary = true;
        while let Some((&first, tail)) = rest.split_first() {
            let special = match first {
                '{' if braces == Braces::Slots => {
                    slot(tail).map(|(name, after)| (Some(name), &[][..], after))
                }
                '"' | '`' | '\'' if is_boundary => {
                    quotation(first, tail).map(|(inside, after)| (None, inside, after))
                }
                _ => None,
            };
            if let Some((name, quoted, after)) = special {
                self.plain(plain_from.get(..plain_length).unwrap_or_default());
                match name {
                    Some(name) => self.parts.push(Part::Slot(name)),
                    None => self.quoted(quoted),
                }
                rest = after;
                plain_from = after;
                plain_length = 0;
                is_boundary = true;
            } else {
                is_boundary = !first.is_alphanumeric();
                rest = tail;
                plain_length += 1;
            }
        }
        self.plain(plain_from.get(..plain_length).unwrap_or_default());
    }

    fn plain(&mut self, text: &[char]) {
        for run in text.split(|character| *character == ' ') {
            self.chunk += 1;
            let is_value = looks_like_value(trimmed(run));
            for piece in run.split(|character| !is_word_character(*character)) {
                if !is_value {
                    self.chunk += 1;
                }
                self.word(piece, is_value);
            }
        }
    }

    fn quoted(&mut self, text: &[char]) {
        self.chunk += 1;
        for piece in text.split(|character| !is_word_character(*character)) {
            self.word(piece, true);
        }
    }

    fn word(&mut self, piece: &[char], is_value: bool) {
        let Some(text) = without_clitic(piece) else {
            return;
        };
        let role = if is_value || text.chars().all(|character| character.is_ascii_digit()) {
            Role::Value
        } else if is_function_word(&text) {
            Role::Function
        } else {
            Role::Content
        };
        let stem = stem(&text);
        self.parts.push(Part::Word(Word {
            text,
            stem,
            role,
            chunk: self.chunk,
        }));
    }
}

fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() || character == '\''
}

fn trimmed(run: &[char]) -> &[char] {
    let start = run
        .iter()
        .position(|character| character.is_alphanumeric())
        .unwrap_or(run.len());
    let end = run
        .iter()
        .rposition(|character| character.is_alphanumeric())
        .map_or(start, |at| at + 1);
    run.get(start..end).unwrap_or_default()
}

/// Paths, file names, versions, identifiers: things a user names rather than says.
fn looks_like_value(run: &[char]) -> bool {
    let has_joint = run.windows(3).any(|window| match window {
        [before, joint, after] => {
            matches!(joint, '.' | '_' | '@' | '\\' | ':')
                && (before.is_alphanumeric() || *before == ':')
                && (after.is_alphanumeric() || *after == ':')
        }
        _ => false,
    });
    let has_inner_capital = run.windows(2).any(
        |pair| matches!(pair, [before, after] if before.is_lowercase() && after.is_uppercase()),
    );
    has_joint || has_inner_capital || run.contains(&'/') || run.iter().any(char::is_ascii_digit)
}

/// Lower-cases a piece, bounds it and removes what an apostrophe ties to it (`what's`, `don't`).
fn without_clitic(piece: &[char]) -> Option<String> {
    let bounded = piece.get(..MAX_WORD_CHARS).unwrap_or(piece);
    let text: String = lower(&bounded.iter().collect::<String>());
    let text = text.trim_matches('\'');
    let word = match text.rsplit_once('\'') {
        Some((head, "s" | "re" | "ve" | "ll" | "d" | "m")) => head.replace('\'', ""),
        _ => text.replace('\'', ""),
    };
    (!word.is_empty()).then_some(word)
}

fn slot(after_brace: &[char]) -> Option<(String, &[char])> {
    let end = after_brace
        .iter()
        .take(MAX_SLOT_CHARS + 1)
        .position(|character| *character == '}')?;
    let (name, rest) = after_brace.split_at_checked(end)?;
    let is_name = !name.is_empty()
        && name
            .iter()
            .all(|character| character.is_alphanumeric() || matches!(character, '_' | '-'));
    is_name.then(|| (name.iter().collect(), rest.get(1..).unwrap_or_default()))
}

/// Reads up to the closing mark, which must stand at the end of a word: an apostrophe does not.
fn quotation(mark: char, after_mark: &[char]) -> Option<(&[char], &[char])> {
    // Chosen: a quotation longer than this is prose with unbalanced marks, and the bound keeps a
    // text made of opening marks from being scanned once for each of them.
    const LONGEST: usize = 200;
    let end = after_mark
        .iter()
        .take(LONGEST)
        .enumerate()
        .position(|(at, character)| {
            *character == mark
                && after_mark
                    .get(at + 1)
                    .is_none_or(|next| !next.is_alphanumeric())
        })?;
    let (inside, rest) = after_mark.split_at_checked(end)?;
    (!inside.is_empty()).then(|| (inside, rest.get(1..).unwrap_or_default()))
}

/// Tells whether a word is grammar or politeness, which says little about what is wanted.
pub fn is_function_word(word: &str) -> bool {
    FUNCTION_WORDS.binary_search(&word).is_ok()
}

/// Sorted, for the binary search. Verbs with a meaning of their own (`find`, `make`, `show`) are
/// left out on purpose: weighing them is the matcher's business.
const FUNCTION_WORDS: &[&str] = &[
    "a", "about", "again", "all", "also", "am", "an", "and", "any", "anyone", "are", "arent", "as",
    "at", "be", "because", "been", "being", "but", "by", "can", "cannot", "cant", "could",
    "couldnt", "did", "didnt", "do", "does", "doesnt", "doing", "done", "dont", "each", "either",
    "else", "ever", "every", "for", "from", "get", "give", "go", "going", "gonna", "got", "had",
    "has", "have", "having", "he", "hello", "help", "her", "here", "hers", "hey", "hi", "him",
    "his", "how", "i", "id", "if", "ill", "im", "in", "into", "is", "isnt", "it", "its", "ive",
    "just", "kindly", "let", "lets", "like", "may", "maybe", "me", "might", "mine", "must", "my",
    "myself", "need", "needs", "no", "nor", "not", "now", "of", "off", "ok", "okay", "on", "one",
    "onto", "or", "our", "ours", "out", "over", "please", "pls", "plz", "quickly", "really",
    "shall", "she", "should", "so", "some", "somehow", "such", "than", "thank", "thanks", "that",
    "thats", "the", "their", "them", "then", "there", "theres", "these", "they", "this", "those",
    "to", "too", "up", "us", "very", "wanna", "want", "was", "we", "were", "what", "whats", "when",
    "where", "which", "who", "whom", "whose", "why", "will", "with", "wont", "would", "yes", "you",
    "your", "yours",
];
