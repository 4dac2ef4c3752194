//! Encodings of texts: how a file's bytes are read as text, and written back as they were.
//!
//! A text is taken for what it proves to be: UTF-8 if it is valid, UTF-16 if it has a byte order mark,
//! and Windows-1252 (which has Latin-1 in it) only if its bytes look like a western language in it. What
//! is anything else, is left alone: an edit of a text that was read wrongly is damage. Writing what was
//! read gives the same bytes, marks and line ends included.

use encoding_rs::{Encoder, EncoderResult, WINDOWS_1252};

/// What a file's text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8; a byte order mark is a character of it.
    Utf8,
    /// UTF-16, the low byte first, with a byte order mark.
    Utf16Le,
    /// UTF-16, the high byte first, with a byte order mark.
    Utf16Be,
    /// Windows-1252.
    Western,
}

/// Reads bytes as a text; `None` if they are none, or none that is certain.
pub(super) fn read(bytes: &[u8]) -> Option<(String, Encoding)> {
    if let Some(order) = utf16(bytes) {
        let text = units(bytes, order)?;
        return Some((text, order));
    }
    if bytes.iter().take(8_000).any(|byte| *byte == 0) {
        return None;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some((text.to_owned(), Encoding::Utf8));
    }
    if !looks_western(bytes) {
        return None;
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Some((text.into_owned(), Encoding::Western))
}

/// Writes a text; `None` if it holds a character that the encoding does not have.
pub(super) fn write(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Utf8 => Some(text.as_bytes().to_vec()),
        Encoding::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Encoding::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        Encoding::Western => western(text, WINDOWS_1252.new_encoder()),
    }
}

/// Tells whether bytes begin with the mark of UTF-16. The mark of UTF-32 begins like one of them.
pub(super) fn utf16(bytes: &[u8]) -> Option<Encoding> {
    if bytes.starts_with(&[0xff, 0xfe, 0, 0]) {
        None
    } else if bytes.starts_with(&[0xff, 0xfe]) {
        Some(Encoding::Utf16Le)
    } else if bytes.starts_with(&[0xfe, 0xff]) {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// Reads UTF-16; half a character is no text. The mark stays in front, as that of UTF-8 does.
fn units(bytes: &[u8], order: Encoding) -> Option<String> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    let units = pairs.map(|pair| {
        let pair: [u8; 2] = pair.try_into().unwrap_or_default();
        match order {
            Encoding::Utf16Be => u16::from_be_bytes(pair),
            Encoding::Utf16Le | Encoding::Utf8 | Encoding::Western => u16::from_le_bytes(pair),
        }
    });
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .ok()
}

/// Western texts have single letters with marks between plain ones. Other encodings of one byte have
/// whole words of such bytes, and those of several bytes use the range in which Windows-1252 has
/// little but quotation marks and dashes.
fn looks_western(bytes: &[u8]) -> bool {
    let is_used = |byte: u8| match byte {
        0x80 | 0x85 | 0x91..=0x97 | 0x99 => true,
        0x81..=0x9f | 0x7f => false,
        0..=0x1f => matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c),
        0x20..=0x7e | 0xa0..=0xff => true,
    };
    let longest = bytes
        .split(u8::is_ascii)
        .map(<[u8]>::len)
        .max()
        .unwrap_or_default();
    longest <= 2 && bytes.iter().all(|byte| is_used(*byte))
}

fn western(text: &str, mut encoder: Encoder) -> Option<Vec<u8>> {
    let most = encoder.max_buffer_length_from_utf8_without_replacement(text.len())?;
    let mut bytes = Vec::with_capacity(most);
    match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true) {
        (EncoderResult::InputEmpty, _) => Some(bytes),
        (EncoderResult::OutputFull | EncoderResult::Unmappable(_), _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_back_byte_for_byte() {
        let utf16 = |text: &str, order: Encoding| {
            let mark = format!("\u{feff}{text}");
            write(&mark, order).unwrap()
        };
        for (bytes, encoding) in [
            (b"plain\r\nmixed\n".to_vec(), Encoding::Utf8),
            ("\u{feff}m\u{e4}rk".as_bytes().to_vec(), Encoding::Utf8),
            (
                utf16("gr\u{fc}n \u{1f600}\r\n", Encoding::Utf16Le),
                Encoding::Utf16Le,
            ),
            (utf16("gr\u{fc}n", Encoding::Utf16Be), Encoding::Utf16Be),
            (
                b"caf\xe9 \x93quoted\x94 \x80 5\n".to_vec(),
                Encoding::Western,
            ),
        ] {
            let (text, is) = read(&bytes).unwrap();
            assert_eq!(is, encoding);
            assert_eq!(write(&text, is).unwrap(), bytes);
        }
        assert_eq!(read(b"caf\xe9").unwrap().0, "caf\u{e9}");
    }

    #[test]
    fn what_is_not_certain_is_no_text() {
        for bytes in [
            &b"a\0b"[..],
            b"\xff\xfe\0\0a\0\0\0",
            b"\xff\xfea",
            b"\xff\xfe\x00\xd8",
            // Cyrillic in KOI8-R, Japanese in Shift JIS and EUC-JP.
            b"\xf0\xd2\xc9\xd7\xc5\xd4",
            b"\x83\x65\x83\x58\x83\x67",
            b"\xa5\xc6\xa5\xb9\xa5\xc8",
            b"esc \x1b[0m \xe9",
        ] {
            assert!(read(bytes).is_none(), "{bytes:?}");
        }
        assert!(write("\u{6f22}", Encoding::Western).is_none());
    }
}
