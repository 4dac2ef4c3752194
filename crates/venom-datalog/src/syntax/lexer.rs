//! Letters to tokens. Never panics, whatever the letters are.

use std::iter::Peekable;
use std::str::CharIndices;

use crate::error::{Error, Position};
use crate::limits::MAX_TEXT;

/// From a byte to before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name that begins with a small letter.
    Name(String),
    /// A name that begins with a capital letter or `_`.
    Variable(String),
    Any,
    Int(u64),
    Text(String),
    Symbol(String),
    /// Punctuation and operators.
    Sign(&'static str),
    End,
}

impl Token {
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Name(name) | Self::Variable(name) => format!("`{}`", brief(name)),
            Self::Any => "`_`".to_owned(),
            Self::Int(number) => format!("the number {number}"),
            Self::Text(text) => format!("the text {}", crate::Value::text(&brief(text))),
            Self::Symbol(text) => format!("the symbol {}", crate::Value::symbol(&brief(text))),
            Self::Sign(sign) => format!("`{sign}`"),
            Self::End => "the end of the text".to_owned(),
        }
    }
}

/// The beginning of a long text, for messages.
pub(crate) fn brief(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// Longest first, so that `:-` is not a colon.
const SIGNS: &[&str] = &[
    ":-", "?-", "!=", "<=", ">=", "<>", "==", "(", ")", "[", "]", "{", "}", ",", ".", "=", "<",
    ">", "+", "-", "*", "/", "!", ":", ";", "|", "&",
];

/// Counts lines and columns to a byte.
pub(crate) fn position(text: &str, byte: usize) -> Position {
    let mut at = Position { line: 1, column: 1 };
    for (index, letter) in text.char_indices() {
        if index >= byte {
            break;
        }
        if letter == '\n' {
            at.line += 1;
            at.column = 1;
        } else {
            at.column += 1;
        }
    }
    at
}

struct Lexer<'a> {
    text: &'a str,
    letters: Peekable<CharIndices<'a>>,
    tokens: Vec<(Token, Span)>,
}

/// Reads all tokens; the last is [`Token::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Error> {
    if text.len() > MAX_TEXT {
        return Err(Error::Syntax {
            at: Position { line: 1, column: 1 },
            expected: format!("at most {MAX_TEXT} bytes"),
            found: format!("{}", text.len()),
        });
    }
    let mut lexer = Lexer {
        text,
        letters: text.char_indices().peekable(),
        tokens: Vec::new(),
    };
    lexer.run()?;
    Ok(lexer.tokens)
}

impl Lexer<'_> {
    fn run(&mut self) -> Result<(), Error> {
        while let Some((start, letter)) = self.letters.peek().copied() {
            if letter.is_whitespace() || letter == '\u{feff}' {
                self.letters.next();
            } else if letter == '%' || self.rest(start).starts_with("//") {
                while self
                    .letters
                    .next_if(|(_, letter)| *letter != '\n')
                    .is_some()
                {}
            } else if self.rest(start).starts_with("/*") {
                self.comment(start)?;
            } else if letter.is_ascii_digit() {
                let token = self.number(start)?;
                self.push(token, start);
            } else if letter.is_alphabetic() || letter == '_' {
                let token = self.name();
                self.push(token, start);
            } else if letter == '"' {
                let text = self.quoted(start, '"')?;
                self.push(Token::Text(text), start);
            } else if letter == '\'' {
                let text = self.quoted(start, '\'')?;
                self.push(Token::Symbol(text), start);
            } else {
                let rest = self.rest(start);
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let Some(sign) = sign else {
                    let shown = crate::Value::text(&letter.to_string());
                    return Err(self.error(start, "a clause", &format!("the letter {shown}")));
                };
                for _ in sign.chars() {
                    self.letters.next();
                }
                self.push(Token::Sign(sign), start);
            }
        }
        self.push(Token::End, self.text.len());
        Ok(())
    }

    fn rest(&self, start: usize) -> &str {
        self.text.get(start..).unwrap_or_default()
    }

    fn push(&mut self, token: Token, start: usize) {
        let end = self
            .letters
            .peek()
            .map_or(self.text.len(), |(index, _)| *index);
        self.tokens.push((token, Span { start, end }));
    }

    fn error(&self, at: usize, expected: &str, found: &str) -> Error {
        Error::Syntax {
            at: position(self.text, at),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    fn comment(&mut self, start: usize) -> Result<(), Error> {
        // Step over the opening, so that `/*/` does not close itself.
        self.letters.next();
        self.letters.next();
        let mut before = ' ';
        for (_, letter) in self.letters.by_ref() {
            if before == '*' && letter == '/' {
                return Ok(());
            }
            before = letter;
        }
        Err(self.error(
            start,
            "`*/` at the end of this comment",
            "the end of the text",
        ))
    }

    fn number(&mut self, start: usize) -> Result<Token, Error> {
        let mut number: u64 = 0;
        let mut is_too_great = false;
        while let Some((_, digit)) = self.letters.next_if(|(_, letter)| letter.is_ascii_digit()) {
            let digit = u64::from(digit.to_digit(10).unwrap_or_default());
            match number
                .checked_mul(10)
                .and_then(|tens| tens.checked_add(digit))
            {
                Some(grown) => number = grown,
                None => is_too_great = true,
            }
        }
        // One more than the greatest integer: the magnitude of the least.
        if is_too_great || number > 1 << 63 {
            return Err(self.error(start, "an integer of 64 bits", "a number that is greater"));
        }
        if let Some((dot, '.')) = self.letters.peek().copied() {
            let after = self.rest(dot).chars().nth(1);
            if after.is_some_and(|letter| letter.is_ascii_digit()) {
                return Err(self.error(
                    start,
                    "an integer; fractions are stored as a number of smaller units",
                    "a number with a fraction",
                ));
            }
        }
        if let Some((_, letter)) = self.letters.peek().copied()
            && (letter.is_alphabetic() || letter == '_')
        {
            return Err(self.error(start, "a number", "a number that goes on with letters"));
        }
        Ok(Token::Int(number))
    }

    fn name(&mut self) -> Token {
        let mut name = String::new();
        while let Some((_, letter)) = self
            .letters
            .next_if(|(_, letter)| letter.is_alphanumeric() || *letter == '_')
        {
            name.push(letter);
        }
        if name == "_" {
            Token::Any
        } else if name.starts_with(|letter: char| letter == '_' || letter.is_uppercase()) {
            Token::Variable(name)
        } else {
            Token::Name(name)
        }
    }

    fn quoted(&mut self, start: usize, mark: char) -> Result<String, Error> {
        self.letters.next();
        let mut text = String::new();
        while let Some((at, letter)) = self.letters.next() {
            if letter == mark {
                return Ok(text);
            }
            if letter == '\n' {
                return Err(self.error(at, &format!("`{mark}`"), "the end of the line"));
            }
            if letter != '\\' {
                text.push(letter);
                continue;
            }
            let escaped = self.letters.next().map(|(_, escaped)| escaped);
            match escaped {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some(same @ ('\\' | '"' | '\'')) => text.push(same),
                Some('u') => text.push(self.code(at)?),
                _ => {
                    let expected = "one of \\n \\t \\r \\\\ \\\" \\' \\u{…}";
                    return Err(self.error(at, expected, "another escape"));
                }
            }
        }
        Err(self.error(
            start,
            &format!("`{mark}` at the end of this text"),
            "the end of the text",
        ))
    }

    /// The rest of `\u{1f600}`.
    fn code(&mut self, at: usize) -> Result<char, Error> {
        let mut digits = String::new();
        let is_open = self.letters.next_if(|(_, letter)| *letter == '{').is_some();
        while let Some((_, digit)) = self
            .letters
            .next_if(|(_, letter)| letter.is_ascii_hexdigit())
        {
            if digits.len() > 6 {
                break;
            }
            digits.push(digit);
        }
        let is_closed = self.letters.next_if(|(_, letter)| *letter == '}').is_some();
        let code = u32::from_str_radix(&digits, 16)
            .ok()
            .and_then(char::from_u32);
        match code {
            Some(letter) if is_open && is_closed => Ok(letter),
            _ => Err(self.error(at, "\\u{…} with the number of a letter", "something else")),
        }
    }
}
