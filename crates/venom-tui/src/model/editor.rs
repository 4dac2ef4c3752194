//! Text that is being typed: one line, or the several lines of a goal.

/// The longest text that is typed or pasted. Chosen: the engine takes goals of that size.
const LONGEST: usize = 64 << 10;
/// Goals that are remembered.
const REMEMBERED: usize = 100;

/// A text with a cursor in it. The cursor is counted in characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Line {
    text: Vec<char>,
    cursor: usize,
}

impl Line {
    pub(crate) fn of(text: &str) -> Self {
        let text: Vec<char> = text.chars().take(LONGEST).collect();
        Self {
            cursor: text.len(),
            text,
        }
    }

    pub(crate) fn text(&self) -> String {
        self.text.iter().collect()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns what stands before the cursor.
    pub(crate) fn before(&self) -> String {
        self.text.iter().take(self.cursor).collect()
    }

    pub(crate) fn put(&mut self, c: char) {
        if self.text.len() < LONGEST {
            self.text.insert(self.cursor.min(self.text.len()), c);
            self.cursor += 1;
        }
    }

    /// Puts a text in; control characters other than line ends are left out.
    pub(crate) fn paste(&mut self, text: &str) {
        let clean = venom_kernel::plain::text(text.as_bytes());
        for c in clean.chars().take(LONGEST) {
            self.put(if c == '\t' { ' ' } else { c });
        }
    }

    /// Does what a key says; returns whether it was a key for text.
    pub(crate) fn key(&mut self, key: &str) -> bool {
        let mut chars = key.chars();
        match key {
            "Space" => self.put(' '),
            "Backspace" => {
                if self.cursor > 0 {
                    self.cursor -= 1;
                    self.text.remove(self.cursor);
                }
            }
            "Delete" => {
                if self.cursor < self.text.len() {
                    self.text.remove(self.cursor);
                }
            }
            "Left" | "Ctrl-b" => self.cursor = self.cursor.saturating_sub(1),
            "Right" | "Ctrl-f" => self.cursor = (self.cursor + 1).min(self.text.len()),
            "Home" | "Ctrl-a" => self.cursor = self.line_start(),
            "End" | "Ctrl-e" => self.cursor = self.line_end(),
            "Ctrl-u" => {
                let start = self.line_start();
                self.text.drain(start..self.cursor);
                self.cursor = start;
            }
            "Ctrl-w" => {
                let start = self.word_start();
                self.text.drain(start..self.cursor);
                self.cursor = start;
            }
            _ => match (chars.next(), chars.next()) {
                (Some(c), None) => self.put(c),
                _ => return false,
            },
        }
        true
    }

    fn line_start(&self) -> usize {
        self.text
            .iter()
            .take(self.cursor)
            .rposition(|c| *c == '\n')
            .map_or(0, |end| end + 1)
    }

    fn line_end(&self) -> usize {
        self.text
            .iter()
            .skip(self.cursor)
            .position(|c| *c == '\n')
            .map_or(self.text.len(), |end| self.cursor + end)
    }

    fn word_start(&self) -> usize {
        let mut start = self.cursor;
        let at = |place: usize| self.text.get(place).copied().unwrap_or(' ');
        while start > 0 && at(start - 1).is_whitespace() {
            start -= 1;
        }
        while start > 0 && !at(start - 1).is_whitespace() {
            start -= 1;
        }
        start
    }

    /// Returns the lines, and the line and column of the cursor in characters.
    pub(crate) fn lines(&self) -> (Vec<String>, usize, usize) {
        let before = self.before();
        let row = before.matches('\n').count();
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count());
        let lines = self.text().split('\n').map(str::to_owned).collect();
        (lines, row, column)
    }

    /// Moves a line up or down; returns whether there was one.
    fn line(&mut self, is_up: bool) -> bool {
        let (lines, row, column) = self.lines();
        let wanted = if is_up {
            row.checked_sub(1)
        } else {
            Some(row + 1)
        };
        let Some((wanted, line)) = wanted.and_then(|row| Some((row, lines.get(row)?))) else {
            return false;
        };
        let before: usize = lines
            .iter()
            .take(wanted)
            .map(|line| line.chars().count() + 1)
            .sum();
        self.cursor = before + column.min(line.chars().count());
        true
    }

    /// Replaces the last characters before the cursor.
    pub(crate) fn complete(&mut self, typed: usize, with: &str) {
        let start = self.cursor.saturating_sub(typed);
        self.text.drain(start..self.cursor);
        self.cursor = start;
        for c in with.chars() {
            self.put(c);
        }
    }
}

/// Where a goal is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Compose {
    pub(crate) line: Line,
    /// Goals that were sent, oldest first.
    history: Vec<String>,
    /// Where in the history one is.
    back: Option<usize>,
    /// What was being written before going back in the history.
    draft: String,
    pub(crate) offers: Offers,
}

/// What may be meant by what was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Offers {
    /// The word that is completed, with its sign.
    pub(crate) word: String,
    pub(crate) all: Vec<String>,
    pub(crate) chosen: usize,
}

impl Compose {
    /// Learns goals of earlier runs, oldest first.
    pub(crate) fn remember(&mut self, goal: &str) {
        self.history.retain(|known| known != goal);
        self.history.push(goal.to_owned());
        if self.history.len() > REMEMBERED {
            self.history.remove(0);
        }
    }

    pub(crate) const fn has_history(&self) -> bool {
        !self.history.is_empty()
    }

    /// Takes the text out.
    pub(crate) fn take(&mut self) -> String {
        self.back = None;
        self.offers = Offers::default();
        std::mem::take(&mut self.line).text()
    }

    /// Goes up a line, or back in the history from the first one.
    pub(crate) fn up(&mut self) {
        if self.line.line(true) {
            return;
        }
        let next = match self.back {
            None => self.history.len().checked_sub(1),
            Some(place) => place.checked_sub(1),
        };
        if let Some(place) = next {
            if self.back.is_none() {
                self.draft = self.line.text();
            }
            self.back = Some(place);
            self.line = Line::of(self.history.get(place).map_or("", String::as_str));
        }
    }

    /// Goes down a line, or forth in the history from the last one.
    pub(crate) fn down(&mut self) {
        if self.line.line(false) {
            return;
        }
        let Some(place) = self.back else { return };
        if let Some(goal) = self.history.get(place + 1) {
            self.line = Line::of(goal);
            self.back = Some(place + 1);
        } else {
            self.line = Line::of(&self.draft);
            self.back = None;
        }
    }

    /// Returns the word before the cursor, if it is one that can be completed: `@path`, or `/command` at
    /// the beginning.
    pub(crate) fn word(&self) -> Option<String> {
        let before = self.line.before();
        let word = before
            .rsplit(char::is_whitespace)
            .next()
            .unwrap_or_default();
        let is_path = word.starts_with('@');
        let is_command = before.starts_with('/') && word == before;
        (is_path || is_command).then(|| word.to_owned())
    }

    /// Takes an offer.
    pub(crate) fn accept(&mut self) -> bool {
        let Some(offer) = self.offers.all.get(self.offers.chosen).cloned() else {
            return false;
        };
        let typed = self.offers.word.chars().count();
        self.offers = Offers::default();
        self.line.complete(typed, &offer);
        if !offer.ends_with('/') {
            self.line.put(' ');
        }
        true
    }
}

#[cfg(test)]
mod tests;
