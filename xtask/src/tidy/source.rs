//! Rust text with everything that is not code blanked out.
//!
//! A small scanner and no parser: the rules only ask whether a word stands in code, and a parser would be the
//! largest dependency of this crate.

/// Replaces comments, strings and character literals by spaces; line breaks stay where they are.
pub(crate) fn code_only(text: &str) -> String {
    let mut scanner = Scanner {
        rest: text.chars().collect(),
        at: 0,
        code: String::new(),
    };
    scanner.run();
    scanner.code
}

/// The words of a line of code, in the sense of Rust identifiers.
pub(crate) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !is_word(character))
        .filter(|word| !word.is_empty())
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

struct Scanner {
    rest: Vec<char>,
    at: usize,
    code: String,
}

impl Scanner {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        if let Some(character) = self.peek(0) {
            self.code.push(character);
            self.at += 1;
        }
    }

    fn blank(&mut self) {
        if let Some(character) = self.peek(0) {
            self.code.push(if character == '\n' { '\n' } else { ' ' });
            self.at += 1;
        }
    }

    fn run(&mut self) {
        let mut before = ' ';
        while let Some(character) = self.peek(0) {
            match (character, self.peek(1)) {
                ('/', Some('/')) => self.line_comment(),
                ('/', Some('*')) => self.block_comment(),
                ('"', _) => self.string(),
                ('r', Some('"' | '#')) if !is_word(before) || before == 'b' => self.raw_string(),
                ('\'', _) => self.quote(),
                _ => self.keep(),
            }
            before = character;
        }
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|character| character != '\n') {
            self.blank();
        }
    }

    /// Block comments nest in Rust.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.peek(0).is_some() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.blank();
                    self.blank();
                }
                (Some('*'), Some('/')) => {
                    depth = depth.saturating_sub(1);
                    self.blank();
                    self.blank();
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.blank(),
            }
        }
    }

    fn string(&mut self) {
        self.blank();
        while let Some(character) = self.peek(0) {
            self.blank();
            match character {
                '\\' => self.blank(),
                '"' => return,
                _ => {}
            }
        }
    }

    /// `r"…"` and `r#"…"#`; a raw identifier such as `r#gen` is code and is kept.
    fn raw_string(&mut self) {
        let mut hashes = 0;
        while self.peek(1 + hashes) == Some('#') {
            hashes += 1;
        }
        if self.peek(1 + hashes) != Some('"') {
            self.keep();
            return;
        }
        for _ in 0..hashes + 2 {
            self.blank();
        }
        while let Some(character) = self.peek(0) {
            let closes =
                character == '"' && (1..=hashes).all(|offset| self.peek(offset) == Some('#'));
            self.blank();
            if closes {
                for _ in 0..hashes {
                    self.blank();
                }
                return;
            }
        }
    }

    /// A character literal is blanked, the quote of a lifetime is kept.
    fn quote(&mut self) {
        if self.peek(1) == Some('\\') {
            self.blank();
            self.blank();
            self.blank();
            while self
                .peek(0)
                .is_some_and(|character| character != '\'' && character != '\n')
            {
                self.blank();
            }
            self.blank();
        } else if self.peek(2) == Some('\'') {
            self.blank();
            self.blank();
            self.blank();
        } else {
            self.keep();
        }
    }
}
