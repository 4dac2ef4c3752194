//! Names as hostile text: shown without harm, and compared as other systems would compare them.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Most characters of a path that are shown. Chosen: two lines of a terminal.
const MOST_SHOWN: usize = 160;

/// Returns a path for people: on one line, without control characters or such that turn or hide
/// what follows, bytes that are no text as `\xNN`, and cut where it is long.
pub fn shown(path: &Path) -> String {
    let mut text = String::new();
    let mut room = MOST_SHOWN;
    let mut show = |shown: std::fmt::Arguments<'_>| {
        let Some(left) = room.checked_sub(1) else {
            return false;
        };
        room = left;
        // Writing to a text cannot fail.
        let _ = text.write_fmt(shown);
        true
    };
    let mut is_whole = true;
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        is_whole = chunk.valid().chars().all(|c| {
            if c == '\\' || is_harmful(c) {
                show(format_args!("{}", c.escape_default()))
            } else {
                show(format_args!("{c}"))
            }
        }) && chunk
            .invalid()
            .iter()
            .all(|byte| show(format_args!("\\x{byte:02x}")));
        if !is_whole {
            break;
        }
    }
    if !is_whole {
        text.push('…');
    }
    if text.is_empty() {
        text.push('.');
    }
    text
}

fn is_harmful(c: char) -> bool {
    c.is_control() || is_ignorable(c) || matches!(c, '\u{61c}' | '\u{2028}' | '\u{2029}')
}

/// Tells whether a name holds a control character.
pub(super) fn has_control(name: &OsStr) -> bool {
    let mut chunks = name.as_bytes().utf8_chunks();
    chunks.any(|chunk| chunk.valid().chars().any(char::is_control))
}

/// Returns a name as the most forgiving file systems would compare it: letters without case, no
/// code points that HFS+ passes over, and what NTFS cuts off the end; so that `.GIT`, `.git. ` and
/// `git~1` all are `.git`. Bytes that are no text stay as they are.
pub(super) fn plain(name: &OsStr) -> Vec<u8> {
    let mut plain = Vec::new();
    for chunk in name.as_bytes().utf8_chunks() {
        let mut buffer = [0; 4];
        for c in chunk.valid().chars().filter(|c| !is_ignorable(*c)) {
            let c = c.to_ascii_lowercase();
            plain.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        }
        plain.extend_from_slice(chunk.invalid());
    }
    // A colon names a stream of the file before it.
    if let Some(end) = plain
        .iter()
        .position(|byte| *byte == b':')
        .filter(|end| *end > 0)
    {
        plain.truncate(end);
    }
    while matches!(plain.last(), Some(b'.' | b' ')) && plain.len() > 1 {
        plain.pop();
    }
    if plain == b"git~1" {
        plain = b".git".to_vec();
    }
    plain
}

/// Returns a name without the case of its ASCII letters.
pub(super) fn folded(name: &OsStr) -> Vec<u8> {
    name.as_bytes().to_ascii_lowercase()
}

/// The code points that HFS+ ignores when it compares names (as git lists them in `utf8.c`), and
/// those of later Unicode versions that show nothing or turn the direction.
const fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests;
