use super::*;

#[test]
fn files_are_known_by_their_bytes() {
    let mut webp = b"RIFF\x10\0\0\0WEBPVP8 ".to_vec();
    webp.extend([0; 4]);
    for (bytes, media) in [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), "image/jpeg"),
        (b"GIF89a\x01\0\x01\0".to_vec(), "image/gif"),
        (webp, "image/webp"),
        ("fn main() {} // ä".as_bytes().to_vec(), TEXT),
    ] {
        assert_eq!(media_of(&bytes), Ok(media));
    }
}

#[test]
fn what_no_model_can_read_is_refused() {
    assert_eq!(media_of(b""), Err(NoAttachment::Empty));
    for bytes in [
        &b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n"[..],
        b"PK\x03\x04\0\0",
        b"RIFF\x10\0\0\0WAVEfmt \0",
        b"Gr\xfc\xdfe",
        b"\x89PNG",
    ] {
        assert_eq!(media_of(bytes), Err(NoAttachment::Unknown), "{bytes:?}");
    }
    let long = "ä".repeat(LARGEST_TEXT);
    let refused = media_of(long.as_bytes()).unwrap_err();
    assert!(
        matches!(refused, NoAttachment::TooLarge { .. }),
        "{refused}"
    );
    assert!(refused.hint().contains("the part that matters"));
}

#[test]
fn a_character_at_the_edge_of_what_is_looked_at_is_still_text() {
    let mut text = "x".repeat(LOOKED_AT - 1);
    text.push('ä');
    assert_eq!(media_of(text.as_bytes()), Ok(TEXT));
    // At the very end it is half a character, and no text.
    let cut = text.as_bytes().get(..LOOKED_AT).unwrap();
    assert_eq!(media_of(cut), Err(NoAttachment::Unknown));
}
