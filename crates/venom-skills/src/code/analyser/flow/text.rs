//! Text that is put together, as its parts in a row.

use super::super::syntax::Id;
use super::file::File;
use super::grammar::Tongue;
use super::shape::{How, Piece, Shape};

/// How deep text is followed. Chosen: a query in more steps than this is nobody's handwriting.
const DEEP: usize = 16;

/// The parts of a text that a formatting function makes.
pub(super) fn pieces<'t>(file: &File<'t>, id: Id) -> Option<Vec<Piece<'t>>> {
    let Shape::Call {
        function,
        arguments,
    } = file.shape(id)
    else {
        return None;
    };
    if file.tongue != Tongue::Go || file.qualified(function) != "fmt.Sprintf" {
        return None;
    }
    let (format, values) = arguments.split_first()?;
    formatted(file, *format, values)
}

/// The parts of a Go format with its values.
pub(super) fn formatted<'t>(file: &File<'t>, format: Id, values: &[Id]) -> Option<Vec<Piece<'t>>> {
    let Shape::Text(whole) = file.shape(file.value(format)) else {
        return None;
    };
    let text = file.tree.slice(whole.clone());
    let mut pieces = Vec::new();
    let mut values = values.iter();
    let mut from = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((place, letter)) = letters.next() {
        if letter != '%' {
            continue;
        }
        let verb = letters.find(|(_, letter)| letter.is_ascii_alphabetic() || *letter == '%');
        let Some((end, verb)) = verb else { break };
        if verb == '%' {
            continue;
        }
        if from < place {
            pieces.push(Piece::Text(whole.start + from..whole.start + place));
        }
        from = end + 1;
        let value = values.next().copied();
        pieces.push(match (verb, value) {
            ('d' | 't' | 'f' | 'x' | 'X' | 'b' | 'c' | 'U' | 'e' | 'g' | 'o' | 'p', _)
            | (_, None) => Piece::Number,
            (_, Some(value)) => Piece::Value(value),
        });
    }
    if from < text.len() {
        pieces.push(Piece::Text(whole.start + from..whole.end));
    }
    Some(pieces)
}

/// All parts of a text, in order; names are followed to the text they stand for.
pub(super) fn flat<'t>(file: &File<'t>, id: Id) -> Vec<Piece<'t>> {
    let mut found = Vec::new();
    gather(file, id, DEEP, &mut found);
    found
}

fn gather<'t>(file: &File<'t>, id: Id, deep: usize, found: &mut Vec<Piece<'t>>) {
    let Some(deep) = deep.checked_sub(1).filter(|_| file.tree.may_spend(1)) else {
        found.push(Piece::Value(id));
        return;
    };
    let id = file.bare(id);
    if let Some(pieces) = pieces(file, id) {
        spread(file, pieces, deep, found);
        return;
    }
    match file.shape(id) {
        Shape::Text(range) => found.push(Piece::Text(range)),
        Shape::Join(pieces) => spread(file, pieces, deep, found),
        Shape::Record(fields) => {
            match fields.iter().find(|one| matches!(one.name, "sql" | "text")) {
                Some(field) => gather(file, field.value, deep, found),
                None => found.push(Piece::Value(id)),
            }
        }
        Shape::Name(name) => {
            let bindings = file.reaching(name, id);
            let is_text = bindings.iter().any(|one| {
                matches!(one.how, How::Whole | How::Append)
                    && one.value.is_some_and(|value| is_written(file, value))
            });
            if !is_text {
                found.push(Piece::Value(id));
                return;
            }
            for binding in bindings.iter().rev() {
                match binding
                    .value
                    .filter(|value| !file.tree.contains(*value, id))
                {
                    Some(value) => gather(file, value, deep, found),
                    None => found.push(Piece::Number),
                }
            }
        }
        Shape::Call {
            function,
            arguments,
        } => {
            if let Shape::Member { of, name } = file.bare_shape(function) {
                match (name, file.shape(of)) {
                    ("join", Shape::List(values)) => {
                        for value in values {
                            gather(file, value, deep, found);
                        }
                        return;
                    }
                    (
                        "as_str" | "to_owned" | "to_string" | "String" | "into" | "clone"
                        | "as_ref" | "trim",
                        _,
                    ) => return gather(file, of, deep, found),
                    ("from", _) => {
                        if let [one] = arguments.as_slice()
                            && file.tongue == Tongue::Rust
                        {
                            return gather(file, *one, deep, found);
                        }
                    }
                    _ => {}
                }
            }
            found.push(Piece::Value(id));
        }
        _ => found.push(Piece::Value(id)),
    }
}

fn is_written(file: &File<'_>, value: Id) -> bool {
    let value = file.bare(value);
    match file.shape(value) {
        Shape::Text(_) | Shape::Join(_) => true,
        Shape::Call { function, .. } => {
            pieces(file, value).is_some()
                || match file.bare_shape(function) {
                    Shape::Member { of, name } => {
                        matches!(name, "from" | "to_owned" | "to_string")
                            && (matches!(file.shape(of), Shape::Text(_))
                                || file.tree.text(function) == "String::from")
                    }
                    _ => false,
                }
        }
        _ => false,
    }
}

fn spread<'t>(file: &File<'t>, pieces: Vec<Piece<'t>>, deep: usize, found: &mut Vec<Piece<'t>>) {
    for piece in pieces {
        match piece {
            Piece::Value(value) => gather(file, value, deep, found),
            other => found.push(other),
        }
    }
}

/// What is written of a text, with a space where a value stands.
pub(super) fn written(file: &File<'_>, pieces: &[Piece<'_>]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(range) => file.tree.slice(range.clone()),
            Piece::Value(_) | Piece::Word(_) | Piece::Tokens(_) | Piece::Number => " ? ",
        })
        .collect()
}

/// Whether a text is a query, or a part of one as query builders take them.
pub(super) fn is_query(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let has = |word: &str| words.contains(&word);
    let opens = words.first().is_some_and(|word| {
        matches!(
            *word,
            "drop"
                | "alter"
                | "truncate"
                | "create"
                | "grant"
                | "pragma"
                | "exec"
                | "execute"
                | "call"
        )
    });
    opens
        || has("select") && has("from")
        || has("insert") && has("into")
        || has("update") && has("set")
        || has("delete") && has("from")
}
