//! Plain text: what programs print, made harmless for a terminal, a report and a model.
//!
//! Escape sequences go, and so do control characters, characters that turn the direction of what
//! follows, and those that are not seen. Line ends and tabs stay; a carriage return, by which a progress
//! bar begins its line anew, ends the line. This is the one place that knows how such sequences end.

/// The longest escape sequence that is waited for. Chosen: titles and links are shorter; what claims to
/// be longer is no reason to swallow a program's output.
const LONGEST: usize = 4_096;

const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;

/// Tells whether a character takes its place in a text and does nothing else.
pub fn is_harmless(c: char) -> bool {
    // Unicode's Bidi_Control.
    let turns = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let hides = matches!(
        c,
        '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}'
    );
    !c.is_control() && !turns && !hides
}

/// Makes a whole text plain. Bytes that are no UTF-8 are replaced.
pub fn text(bytes: &[u8]) -> String {
    let mut cleaner = Cleaner::default();
    let mut text = cleaner.push(bytes);
    text.push_str(&cleaner.finish());
    text
}

/// Returns a text on one line of at most so many characters, without control characters.
pub fn line(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut count = 0;
    let mut was_space = true;
    for c in text.chars() {
        let is_space = c.is_whitespace() || c.is_control();
        if is_space && was_space {
            continue;
        }
        if count == most {
            line.push('…');
            break;
        }
        line.push(if is_space { ' ' } else { c });
        was_space = is_space;
        count += 1;
    }
    line.trim_end().to_owned()
}

/// Returns an error with its causes, outermost first, on one line of at most so many characters. What a
/// cause says that was said already is left out.
pub fn causes(error: &dyn std::error::Error, most: usize) -> String {
    let mut said = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if said.last().is_none_or(|last| !last.contains(&text)) {
            said.push(text);
        }
        cause = error.source();
    }
    line(&said.join(": "), most)
}

/// Makes a stream plain that comes in pieces. A character or an escape sequence that a piece cuts is
/// held until the rest comes.
#[derive(Debug, Clone, Default)]
pub struct Cleaner {
    held: Vec<u8>,
}

impl Cleaner {
    /// Takes the next bytes, and returns what is certain by now.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.held);
        all.extend_from_slice(bytes);
        let (text, held) = clean(&all, Piece::Middle);
        self.held = held.to_vec();
        text
    }

    /// Returns what was held; nothing more comes.
    pub fn finish(&mut self) -> String {
        clean(&std::mem::take(&mut self.held), Piece::Last).0
    }

    /// Returns how many of the last bytes are held.
    pub const fn held(&self) -> usize {
        self.held.len()
    }
}

/// Whether something may come behind a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Middle,
    Last,
}

/// Returns the plain text of a piece, and the end of it that is not certain yet.
fn clean(bytes: &[u8], piece: Piece) -> (String, &[u8]) {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        let Some(at) = rest.iter().position(|byte| *byte == ESCAPE) else {
            let (certain, held) = match piece {
                Piece::Middle => rest.split_at(rest.len() - open_end(rest)),
                Piece::Last => (rest, &[][..]),
            };
            put(&mut text, certain);
            return (text, held);
        };
        let (before, sequence) = rest.split_at(at);
        put(&mut text, before);
        let length = match length(sequence) {
            Some(length) => length,
            None if piece == Piece::Middle && sequence.len() < LONGEST => return (text, sequence),
            // It never ends: only what begins it is taken out.
            None => 2,
        };
        rest = sequence.get(length..).unwrap_or_default();
    }
}

/// Adds what is harmless of bytes without escape sequences.
fn put(text: &mut String, bytes: &[u8]) {
    let lossy = String::from_utf8_lossy(bytes);
    let mut chars = lossy.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => text.push(c),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => text.push('\n'),
            c if is_harmless(c) => text.push(c),
            _ => {}
        }
    }
}

/// Returns how many of the last bytes may belong together with what follows: a character that is not
/// whole, or a carriage return.
fn open_end(bytes: &[u8]) -> usize {
    if bytes.last() == Some(&b'\r') {
        return 1;
    }
    let Some(last) = bytes.utf8_chunks().last() else {
        return 0;
    };
    match std::str::from_utf8(last.invalid()) {
        Err(error) if error.error_len().is_none() => last.invalid().len(),
        Ok(_) | Err(_) => 0,
    }
}

/// Returns the length of the escape sequence that the bytes begin with; `None` if its end is not there.
fn length(bytes: &[u8]) -> Option<usize> {
    let second = bytes.get(1)?;
    match second {
        // A control sequence: parameters, then one final byte (ECMA-48, 5.4).
        b'[' => {
            let body = bytes.get(2..)?;
            let end = body.iter().position(|b| !(0x20..=0x3f).contains(b))?;
            let is_final = body.get(end).is_some_and(|b| (0x40..=0x7e).contains(b));
            Some(2 + end + usize::from(is_final))
        }
        // A control string: it ends with a bell or with `ESC \` (ECMA-48, 5.6).
        b']' | b'P' | b'X' | b'^' | b'_' => {
            let body = bytes.get(2..)?;
            let end = body.iter().position(|b| matches!(*b, BELL | ESCAPE))?;
            match (body.get(end), body.get(end + 1)) {
                (Some(&BELL), _) => Some(2 + end + 1),
                (Some(_), Some(b'\\')) => Some(2 + end + 2),
                // Another sequence begins: this one is over.
                (Some(_), Some(_)) => Some(2 + end),
                (Some(_) | None, None) | (None, Some(_)) => None,
            }
        }
        // Intermediate bytes, then one final byte (ECMA-35, 13.2.1).
        0x20..=0x2f => {
            let body = bytes.get(1..)?;
            let end = body.iter().position(|b| !(0x20..=0x2f).contains(b))?;
            let is_final = body.get(end).is_some_and(|b| (0x30..=0x7e).contains(b));
            Some(1 + end + usize::from(is_final))
        }
        0x30..=0x7e => Some(2),
        _ => Some(1),
    }
}

#[cfg(test)]
mod tests;
