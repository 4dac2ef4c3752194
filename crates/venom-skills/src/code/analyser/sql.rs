//! The text of a query, read far enough to know what each hole in it is: a value, a part of a
//! quoted text, a name, or more than that.

use super::template::{Template, Unit};

/// What stands in the place of a hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A value without quotes around it.
    Value,
    /// The whole or a part of a text in single quotes, by the units of the quotes.
    Quoted {
        /// The opening quote.
        open: usize,
        /// The closing quote.
        close: usize,
    },
    /// The name of a table or column, a direction and the like.
    Name,
    /// Anything that the reading does not understand.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
    Hole(usize),
    Text {
        open: usize,
        close: usize,
        holes: Vec<usize>,
    },
    Placeholder,
}

/// A query as its tokens.
#[derive(Debug, Clone)]
pub(super) struct Query {
    tokens: Vec<Token>,
    /// Whether everything was understood: quotes are closed, no hole in a comment.
    pub(super) complete: bool,
    lost: Vec<usize>,
}

/// The first words of statements that queries begin with.
const OPENINGS: &[&str] = &[
    "select", "insert", "update", "delete", "replace", "with", "merge", "upsert", "create", "drop",
    "alter", "truncate", "grant", "revoke", "pragma", "exec", "execute", "call", "attach", "show",
    "explain", "set", "use", "vacuum", "copy", "lock", "describe", "analyze", "values", "declare",
    "begin", "comment", "refresh", "reindex", "load",
];

/// Reads the units of a template.
pub(super) fn read(template: &Template) -> Query {
    let mut query = Query {
        tokens: Vec::new(),
        complete: true,
        lost: Vec::new(),
    };
    let units = &template.units;
    let letter = |at: usize| match units.get(at) {
        Some(Unit::Char(letter, _)) => Some(*letter),
        _ => None,
    };
    let mut at = 0;
    while let Some(unit) = units.get(at) {
        match unit {
            Unit::Hole(hole) => {
                query.tokens.push(Token::Hole(*hole));
                at += 1;
            }
            Unit::Char('\'', _) => at = quoted(&mut query, units, at),
            Unit::Char(quote @ ('"' | '`'), _) => at = named(&mut query, units, at, *quote),
            Unit::Char('-', _) if letter(at + 1) == Some('-') => {
                while let Some(unit) = units.get(at) {
                    match unit {
                        Unit::Char('\n', _) => break,
                        Unit::Hole(hole) => query.lose(*hole),
                        Unit::Char(..) => {}
                    }
                    at += 1;
                }
            }
            Unit::Char('/', _) if letter(at + 1) == Some('*') => {
                at += 2;
                while at < units.len() {
                    if letter(at) == Some('*') && letter(at + 1) == Some('/') {
                        at += 2;
                        break;
                    }
                    if let Some(Unit::Hole(hole)) = units.get(at) {
                        query.lose(*hole);
                    }
                    at += 1;
                }
            }
            Unit::Char(first, _) if first.is_alphanumeric() || *first == '_' => {
                let mut word = String::new();
                while let Some(next) =
                    letter(at).filter(|next| next.is_alphanumeric() || matches!(next, '_' | '$'))
                {
                    word.extend(next.to_lowercase());
                    at += 1;
                }
                // A hole that touches a word is a part of it.
                if let Some(Unit::Hole(hole)) = units.get(at) {
                    query.lost.push(*hole);
                }
                query.tokens.push(Token::Word(word));
            }
            Unit::Char('?', _) => {
                query.tokens.push(Token::Placeholder);
                at += 1;
            }
            Unit::Char('%', _) if letter(at + 1) == Some('s') => {
                query.tokens.push(Token::Placeholder);
                at += 2;
            }
            Unit::Char(space, _) if space.is_whitespace() => at += 1,
            Unit::Char(sign, _) => {
                query.tokens.push(Token::Sign(*sign));
                at += 1;
            }
        }
        // A hole right behind another token needs a look at what follows it.
        if let Some(Unit::Hole(hole)) = at.checked_sub(1).and_then(|before| units.get(before))
            && letter(at)
                .is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '.' | '('))
        {
            query.lost.push(*hole);
        }
    }
    query
}

fn quoted(query: &mut Query, units: &[Unit], open: usize) -> usize {
    let mut at = open + 1;
    let mut holes = Vec::new();
    while let Some(unit) = units.get(at) {
        match unit {
            Unit::Hole(hole) => holes.push(*hole),
            Unit::Char('\'', _) => {
                // Two quotes are one quote inside of the text.
                if matches!(units.get(at + 1), Some(Unit::Char('\'', _))) {
                    at += 1;
                } else {
                    query.tokens.push(Token::Text {
                        open,
                        close: at,
                        holes,
                    });
                    return at + 1;
                }
            }
            Unit::Char('\\', _) => query.complete = false,
            Unit::Char(..) => {}
        }
        at += 1;
    }
    query.complete = false;
    for hole in holes {
        query.lose(hole);
    }
    at
}

fn named(query: &mut Query, units: &[Unit], open: usize, quote: char) -> usize {
    let mut at = open + 1;
    let mut word = String::new();
    while let Some(unit) = units.get(at) {
        at += 1;
        match unit {
            Unit::Hole(hole) => query.lost.push(*hole),
            Unit::Char(letter, _) if *letter == quote => break,
            Unit::Char(letter, _) => word.push(*letter),
        }
    }
    query.tokens.push(Token::Word(word));
    at
}

impl Query {
    fn lose(&mut self, hole: usize) {
        self.complete = false;
        self.lost.push(hole);
    }

    /// Says whether the text begins the way a query does.
    pub(super) fn is_query(&self) -> bool {
        let mut words = self
            .tokens
            .iter()
            .filter(|token| **token != Token::Sign('('));
        let opens = match words.next() {
            Some(Token::Word(word)) => OPENINGS.contains(&word.as_str()),
            _ => false,
        };
        opens && self.tokens.len() > 1 || self.has_clause()
    }

    /// Says whether the text has the clauses of a query, wherever it begins.
    fn has_clause(&self) -> bool {
        let has = |word: &str| {
            self.tokens
                .iter()
                .any(|token| matches!(token, Token::Word(one) if one == word))
        };
        has("select") && has("from")
            || has("insert") && has("into")
            || has("update") && has("set")
            || has("delete") && has("from")
    }

    /// Says whether a statement takes parameters: those on rows do, those on tables do not.
    pub(super) fn takes_parameters(&self) -> bool {
        matches!(
            self.tokens.first(),
            Some(Token::Word(word))
                if matches!(word.as_str(), "select" | "insert" | "update" | "delete" | "replace" | "with")
        ) && !self.tokens.contains(&Token::Sign(';'))
            || (matches!(self.tokens.last(), Some(Token::Sign(';')))
                && self
                    .tokens
                    .iter()
                    .filter(|token| **token == Token::Sign(';'))
                    .count()
                    == 1
                && matches!(
                    self.tokens.first(),
                    Some(Token::Word(word))
                        if matches!(word.as_str(), "select" | "insert" | "update" | "delete" | "replace")
                ))
    }

    /// Says whether the text has parameters already.
    pub(super) fn has_placeholder(&self) -> bool {
        self.tokens.contains(&Token::Placeholder)
    }

    /// Says whether a hole is the number of rows after `LIMIT` or `OFFSET`.
    pub(super) fn is_count(&self, hole: usize) -> bool {
        self.tokens.windows(2).any(|pair| {
            matches!(pair, [Token::Word(word), Token::Hole(one)]
                if *one == hole && matches!(word.as_str(), "limit" | "offset"))
        })
    }

    /// Says what a hole is.
    pub(super) fn place(&self, hole: usize) -> Place {
        if self.lost.contains(&hole) {
            return Place::Name;
        }
        for (at, token) in self.tokens.iter().enumerate() {
            match token {
                Token::Text { open, close, holes } if holes.contains(&hole) => {
                    return if self.is_value_at(at) {
                        Place::Quoted {
                            open: *open,
                            close: *close,
                        }
                    } else {
                        Place::Other
                    };
                }
                Token::Hole(one) if *one == hole => {
                    return if self.is_value_at(at) {
                        Place::Value
                    } else {
                        Place::Name
                    };
                }
                _ => {}
            }
        }
        Place::Other
    }

    /// Whether the token at a place is a value by what stands around it.
    fn is_value_at(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|one| self.tokens.get(one));
        let after = self.tokens.get(at + 1);
        let ends = match after {
            None | Some(Token::Sign(')' | ',' | ';')) => true,
            Some(Token::Sign('|' | '+' | '-' | '*' | '/' | '<' | '>' | '=')) => true,
            Some(Token::Word(word)) => matches!(
                word.as_str(),
                "and"
                    | "or"
                    | "where"
                    | "order"
                    | "group"
                    | "limit"
                    | "offset"
                    | "union"
                    | "then"
                    | "else"
                    | "end"
                    | "when"
                    | "as"
                    | "returning"
                    | "on"
                    | "collate"
                    | "escape"
                    | "having"
                    | "for"
                    | "is"
                    | "limit\n"
                    | "set"
                    | "from"
            ),
            _ => false,
        };
        if !ends {
            return false;
        }
        match before {
            Some(Token::Sign('=' | '<' | '>' | '|')) => true,
            Some(Token::Word(word)) => {
                matches!(
                    word.as_str(),
                    "like"
                        | "ilike"
                        | "limit"
                        | "offset"
                        | "between"
                        | "then"
                        | "else"
                        | "glob"
                        | "and"
                ) && (word != "and" || self.is_between(at))
            }
            // One hole alone in `IN (...)` is as a rule a list put together elsewhere.
            Some(Token::Sign('(')) => {
                let alone = matches!(after, Some(Token::Sign(')')));
                let list = self.opens_list(at - 1);
                match list {
                    Some("values") => true,
                    Some(_) => !alone || matches!(self.tokens.get(at), Some(Token::Text { .. })),
                    None => false,
                }
            }
            Some(Token::Sign(',')) => self.in_list(at),
            _ => false,
        }
    }

    fn is_between(&self, at: usize) -> bool {
        self.tokens
            .get(at.saturating_sub(3)..at)
            .is_some_and(|few| matches!(few.first(), Some(Token::Word(word)) if word == "between"))
    }

    /// What a parenthesis opens, if it is a list of values.
    fn opens_list(&self, parenthesis: usize) -> Option<&str> {
        match parenthesis
            .checked_sub(1)
            .and_then(|one| self.tokens.get(one))
        {
            Some(Token::Word(word)) if matches!(word.as_str(), "values" | "in") => Some(word),
            // A second row: `VALUES (...), (...)`.
            Some(Token::Sign(',')) => self
                .tokens
                .get(..parenthesis)
                .is_some_and(|few| few.contains(&Token::Word("values".to_owned())))
                .then_some("values"),
            _ => None,
        }
    }

    fn in_list(&self, at: usize) -> bool {
        let mut depth = 0_usize;
        for place in (0..at).rev() {
            match self.tokens.get(place) {
                Some(Token::Sign(')')) => depth += 1,
                Some(Token::Sign('(')) => {
                    if depth == 0 {
                        return self.opens_list(place).is_some();
                    }
                    depth -= 1;
                }
                _ => {}
            }
        }
        false
    }
}
