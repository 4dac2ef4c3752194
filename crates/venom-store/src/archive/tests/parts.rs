//! An archive, taken apart and put together again with checks that fit.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::super::blob::unpack;
use super::super::record::Record;
use super::*;

/// Returns the frames of an archive.
pub(super) fn frames(bytes: &[u8]) -> Checked<Vec<(Tag, Vec<u8>)>> {
    let mut source = Cursor::new(bytes);
    let mut reader = FrameReader::begin(&mut source)?;
    let mut frames = Vec::new();
    while let Some(frame) = reader.next()? {
        frames.push(frame);
    }
    Ok(frames)
}

/// Makes an archive of frames: whoever forges one can do that.
pub(super) fn archive(frames: &[(Tag, Vec<u8>)]) -> Checked<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = FrameWriter::begin(&mut bytes)?;
    for (tag, payload) in frames {
        writer.frame(*tag, payload)?;
    }
    Ok(bytes)
}

/// Returns the first event.
pub(super) fn first_event(bytes: &[u8]) -> Checked<Record> {
    let frames = frames(bytes)?;
    let (_, payload) = frames
        .iter()
        .find(|(tag, _)| *tag == Tag::Event)
        .ok_or("no event")?;
    Ok(Record::decode(run(1), payload).ok_or("no event")?)
}

/// Tells whether the canary is in an archive in some form.
pub(super) fn holds_canary(bytes: &[u8]) -> Checked<bool> {
    let mut all = Vec::new();
    for (tag, payload) in frames(bytes)? {
        // Big blobs have no text, and unpacking them by guessing their length takes long.
        if tag == Tag::Chunk && payload.len() > 1 << 12 {
            continue;
        }
        let text = if tag == Tag::Chunk {
            (0..1 << 13).find_map(|length| unpack(&payload, length))
        } else {
            None
        };
        all.extend(text.unwrap_or(payload));
        all.extend_from_slice(b"\n--\n");
    }
    let hex = CANARY
        .bytes()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let json = serde_json::to_string(CANARY)?;
    let mut forms = vec![
        CANARY.to_owned(),
        hex.to_uppercase(),
        hex,
        json.trim_matches('"').to_owned(),
        CANARY.chars().take(12).collect(),
    ];
    for shift in 0..3 {
        let text = BASE64_STANDARD.encode([&b"\0\0"[..shift.min(2)], CANARY.as_bytes()].concat());
        forms.push(text.chars().skip(4).take(8).collect());
    }
    Ok(forms
        .iter()
        .any(|form| all.windows(form.len()).any(|part| part == form.as_bytes())))
}
