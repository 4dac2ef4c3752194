//! Files of sentences and the intents they mean.
//!
//! Owns the forms that such files come in: CSV and TSV with a head or without, and the shapes of JSON that public sets
//! use. What is in a file is data of somebody else: sizes are bounded, and what cannot be read is told with its place.

use std::path::Path;

use serde_json::Value;
use venom_ports::api::intents::Labelled;

use crate::error::CliError;

#[cfg(test)]
mod tests;

/// Bounds the file, in bytes. Chosen: a hundred times the largest public set.
const LARGEST: u64 = 128 << 20;
/// Bounds the sentences; training takes memory for each of them.
const MOST: usize = 200_000;
/// Bounds the intents, each of which has weights for every feature.
const MOST_INTENTS: usize = 1_000;
/// What stands for no intent.
const NONE: &[&str] = &["", "oos", "out-of-scope", "out_of_scope", "none"];
/// Names of the column that holds sentences, and of the one that holds intents.
const TEXT: &[&str] = &["text", "sentence", "utterance", "query"];
const INTENT: &[&str] = &["intent", "label", "category"];

/// Sentences to learn from, and to judge if the file tells them apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sentences {
    pub(super) learn: Vec<Labelled>,
    pub(super) judge: Vec<Labelled>,
}

/// Reads a file; its ending says which form it has.
pub(super) fn read(path: &Path) -> Result<Sentences, CliError> {
    let shown = crate::output::clean::short(&path.display().to_string(), 200);
    let size = std::fs::metadata(path)
        .map_err(|error| unusable(format!("cannot read {shown}: {error}")))?;
    if !size.is_file() {
        return Err(unusable(format!("{shown} is no file")));
    }
    if size.len() > LARGEST {
        let bytes = size.len();
        return Err(unusable(format!(
            "{shown} has {bytes} bytes; {LARGEST} are allowed"
        )));
    }
    let bytes =
        std::fs::read(path).map_err(|error| unusable(format!("cannot read {shown}: {error}")))?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    let sentences = match ending.to_str() {
        Some("json") => from_json(text),
        Some("tsv") => from_rows(&table(text, '\t')),
        Some("csv") => from_rows(&table(text, ',')),
        _ => Err("its name ends neither in .csv nor in .tsv nor in .json".to_owned()),
    };
    let sentences =
        sentences.map_err(|why| unusable(format!("{shown} holds no sentences: {why}")))?;
    check(&sentences).map_err(|why| unusable(format!("{shown}: {why}")))?;
    Ok(sentences)
}

fn unusable(message: String) -> CliError {
    CliError::usage(message).code("bad-sentences").hint(
        "give a .csv or .tsv of text and intent, or a .json of [text, intent] pairs or of objects with `text` and \
         `intent`; `oos` stands for no intent",
    )
}

fn check(sentences: &Sentences) -> Result<(), String> {
    let all = sentences.learn.len() + sentences.judge.len();
    if all > MOST {
        return Err(format!("it has {all} sentences; {MOST} are allowed"));
    }
    let mut intents: Vec<&str> = sentences
        .learn
        .iter()
        .filter_map(|one| one.intent.as_deref())
        .collect();
    intents.sort_unstable();
    intents.dedup();
    match intents.len() {
        0 | 1 => Err("it needs two intents or more to tell apart".to_owned()),
        count if count > MOST_INTENTS => Err(format!(
            "it has {count} intents; {MOST_INTENTS} are allowed"
        )),
        _ => Ok(()),
    }
}

fn labelled(text: &str, intent: &str) -> Labelled {
    let intent = intent.trim();
    let is_none = NONE.iter().any(|none| intent.eq_ignore_ascii_case(none));
    Labelled {
        text: text.to_owned(),
        intent: (!is_none).then(|| intent.to_owned()),
    }
}

/// Rows of fields, with the number of the line each begins in; quoted fields may hold anything (RFC 4180).
fn table(text: &str, between: char) -> Vec<(usize, Vec<String>)> {
    let mut rows = Vec::new();
    let mut row: Vec<String> = vec![String::new()];
    let (mut line, mut begun) = (1, 1);
    let mut is_quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\n' {
            line += 1;
        }
        let Some(field) = row.last_mut() else {
            break;
        };
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if field.is_empty() && between == ',' => is_quoted = true,
            '\n' if !is_quoted => {
                rows.push((begun, std::mem::replace(&mut row, vec![String::new()])));
                begun = line;
            }
            '\r' if !is_quoted && characters.peek() == Some(&'\n') => {}
            other if other == between && !is_quoted => row.push(String::new()),
            other => field.push(other),
        }
    }
    rows.push((begun, row));
    rows.retain(|(_, row)| row.iter().any(|field| !field.trim().is_empty()));
    rows
}

fn from_rows(rows: &[(usize, Vec<String>)]) -> Result<Sentences, String> {
    let named = |names: &[&str]| {
        let (_, head) = rows.first()?;
        head.iter().position(|field| {
            let field = field.trim();
            names.iter().any(|name| field.eq_ignore_ascii_case(name))
        })
    };
    let (text, intent, body) = match (named(TEXT), named(INTENT)) {
        (Some(text), Some(intent)) => (text, intent, rows.get(1..).unwrap_or_default()),
        _ => (0, 1, rows),
    };
    let mut learn = Vec::with_capacity(body.len());
    for (line, row) in body {
        let (Some(text), Some(intent)) = (row.get(text), row.get(intent)) else {
            let fields = row.len();
            return Err(format!(
                "line {line} has {fields} field(s), not a text and an intent"
            ));
        };
        learn.push(labelled(text, intent));
    }
    Ok(Sentences {
        learn,
        judge: Vec::new(),
    })
}

/// A list, or an object of lists whose names say what they are for: `train` is learned from, `val`, `validation` or
/// `test` is judged, and `oos` in a name says that its sentences have no intent.
fn from_json(text: &str) -> Result<Sentences, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut sentences = Sentences::default();
    match &value {
        Value::Array(items) => list("the list", items, false, &mut sentences.learn)?,
        Value::Object(parts) => {
            for (name, part) in parts {
                let Value::Array(items) = part else {
                    return Err(format!("`{name}` is no list"));
                };
                let is_judged = ["val", "test", "dev"]
                    .iter()
                    .any(|word| name.contains(word));
                let target = if is_judged {
                    &mut sentences.judge
                } else {
                    &mut sentences.learn
                };
                list(name, items, name.contains("oos"), target)?;
            }
        }
        _ => return Err("it is neither a list nor an object of lists".to_owned()),
    }
    Ok(sentences)
}

fn list(
    name: &str,
    items: &[Value],
    is_foreign: bool,
    into: &mut Vec<Labelled>,
) -> Result<(), String> {
    for (at, item) in (1_usize..).zip(items) {
        let Some(mut sentence) = one(item) else {
            return Err(format!("item {at} of {name} is no text with an intent"));
        };
        if is_foreign {
            sentence.intent = None;
        }
        into.push(sentence);
    }
    Ok(())
}

/// `[text, intent]`, or an object with a text and an intent; a text may come in parts with a `text` each.
fn one(item: &Value) -> Option<Labelled> {
    if let Value::Array(pair) = item {
        let [text, intent] = pair.as_slice() else {
            return None;
        };
        return Some(labelled(text.as_str()?, intent.as_str()?));
    }
    let field = |names: &[&str]| names.iter().find_map(|name| item.get(name)?.as_str());
    let intent = field(INTENT)?;
    if let Some(text) = field(TEXT) {
        return Some(labelled(text, intent));
    }
    let parts = item.get("data")?.as_array()?;
    let text: Option<String> = parts
        .iter()
        .map(|part| part.get("text")?.as_str())
        .collect();
    Some(labelled(&text?, intent))
}
