//! Values as models write them: JSON, and JSON as somebody writes it who thinks in Python or JavaScript.
//!
//! Beyond JSON it takes single quotes, names without quotes, `True`, `None` and the like, comments, and a
//! comma before the end. It does not close what is open: half a value is none.

use serde_json::{Map, Number, Value};

/// The deepest nesting. Chosen: arguments of tools have five levels at most.
const DEEPEST: usize = 32;

/// Characters with a place among them.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    chars: &'a [char],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(chars: &'a [char], at: usize) -> Self {
        Self { chars, at }
    }

    pub(super) const fn place(&self) -> usize {
        self.at
    }

    /// Goes back to a place where it was before.
    pub(super) const fn back_to(&mut self, place: usize) {
        self.at = place;
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at = self.at.saturating_add(1);
        Some(next)
    }

    /// Takes a character if it is the next one.
    pub(super) fn eat(&mut self, wanted: char) -> bool {
        let is_next = self.peek() == Some(wanted);
        if is_next {
            self.at = self.at.saturating_add(1);
        }
        is_next
    }

    /// Takes a word if it is next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        if word.chars().all(|c| ahead.eat(c)) {
            self.at = ahead.at;
            return true;
        }
        false
    }

    /// Takes space, and comments.
    pub(super) fn skip_space(&mut self) {
        loop {
            match self.peek() {
                Some(c) if c.is_whitespace() => {
                    self.next();
                }
                Some('/') if self.chars.get(self.at.saturating_add(1)) == Some(&'/') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.next();
                    }
                }
                Some(_) | None => return,
            }
        }
    }

    /// Takes characters as long as they fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while let Some(c) = self.peek().filter(|c| fits(*c)) {
            text.push(c);
            self.next();
        }
        text
    }

    /// Takes everything before a word, and the word; nothing if it does not come.
    pub(super) fn take_until(&mut self, word: &str) -> Option<String> {
        let mut ahead = self.clone();
        let mut text = String::new();
        loop {
            if ahead.eat_word(word) {
                self.at = ahead.at;
                return Some(text);
            }
            text.push(ahead.next()?);
        }
    }

    /// Takes a name.
    pub(super) fn name(&mut self) -> Option<String> {
        let is_first = |c: char| c.is_alphabetic() || c == '_';
        self.peek().filter(|c| is_first(*c))?;
        Some(self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
    }

    /// Takes a value.
    pub(super) fn value(&mut self) -> Option<Value> {
        self.value_in(0)
    }

    fn value_in(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        self.skip_space();
        match self.peek()? {
            '{' => self.object(depth),
            '[' => self.list(depth, '[', ']'),
            '(' => self.list(depth, '(', ')'),
            '"' | '\'' | '`' => self.text().map(Value::String),
            c if c == '-' || c == '+' || c.is_ascii_digit() => self.number(),
            _ => {
                let name = self.name()?;
                match name.as_str() {
                    "true" | "True" => Some(Value::Bool(true)),
                    "false" | "False" => Some(Value::Bool(false)),
                    "null" | "None" | "undefined" => Some(Value::Null),
                    _ => None,
                }
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.eat('{');
        let mut map = Map::new();
        loop {
            self.skip_space();
            if self.eat('}') {
                return Some(Value::Object(map));
            }
            let key = match self.peek()? {
                '"' | '\'' | '`' => self.text()?,
                _ => self.name()?,
            };
            self.skip_space();
            if !self.eat(':') {
                return None;
            }
            let value = self.value_in(depth.saturating_add(1))?;
            map.insert(key, value);
            self.skip_space();
            if !self.eat(',') && self.peek() != Some('}') {
                return None;
            }
        }
    }

    fn list(&mut self, depth: usize, open: char, close: char) -> Option<Value> {
        self.eat(open);
        let mut list = Vec::new();
        loop {
            self.skip_space();
            if self.eat(close) {
                return Some(Value::Array(list));
            }
            list.push(self.value_in(depth.saturating_add(1))?);
            self.skip_space();
            if !self.eat(',') && self.peek() != Some(close) {
                return None;
            }
        }
    }

    /// Takes a text in quotes: one character of them, or three.
    fn text(&mut self) -> Option<String> {
        let quote = self.next()?;
        let three: String = [quote; 3].iter().collect();
        let two: String = [quote; 2].iter().collect();
        let is_long = quote != '`' && {
            let mut ahead = self.clone();
            ahead.eat_word(&two)
        };
        if is_long {
            self.eat_word(&two);
            return self.take_until(&three);
        }
        let mut text = String::new();
        loop {
            match self.next()? {
                '\\' => text.push(self.escaped()?),
                c if c == quote => return Some(text),
                // Newlines belong escaped; models forget it where they write files.
                c => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let first = self.hex()?;
                if (0xd800..0xdc00).contains(&first) {
                    if !self.eat_word("\\u") {
                        return Some(char::REPLACEMENT_CHARACTER);
                    }
                    let second = self.hex()?;
                    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400);
                    let joined = low.map(|low| 0x1_0000 + ((first - 0xd800) << 10) + low);
                    joined
                        .and_then(char::from_u32)
                        .unwrap_or(char::REPLACEMENT_CHARACTER)
                } else {
                    char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
                }
            }
            other => other,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let mut number = 0;
        for _ in 0..4 {
            number = number * 16 + self.next()?.to_digit(16)?;
        }
        Some(number)
    }

    fn number(&mut self) -> Option<Value> {
        let text = self
            .take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E' | '_'));
        let text: String = text
            .trim_start_matches('+')
            .chars()
            .filter(|c| *c != '_')
            .collect();
        if let Ok(whole) = text.parse::<i64>() {
            return Some(whole.into());
        }
        let number = text.parse::<f64>().ok()?;
        Number::from_f64(number).map(Value::Number)
    }
}
