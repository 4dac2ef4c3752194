//! Attachments: files and pictures that somebody hands over with a goal.
//!
//! Their bytes are in the content store; here is what is known of them, what may be one, and how the
//! kind of a file is told from its bytes. A name's ending is no evidence: a model is told what a file
//! is, and a provider turns away a picture that is something else.

use serde::{Deserialize, Serialize};

use crate::digest::BlobId;

/// The most attachments of a goal. Chosen: more than anybody names by hand, and all of them fit into the
/// context of a middling model.
pub const MOST: usize = 16;
/// The largest picture, in bytes: what the strictest of the providers takes, see docs/models.md.
pub const LARGEST_PICTURE: usize = 5 << 20;
/// The largest file of text, in bytes. Chosen: a long log; a model is shown the beginning of it.
pub const LARGEST_TEXT: usize = 1 << 20;
/// The media type of what is no picture.
pub const TEXT: &str = "text/plain";
/// How much of a file is looked at for whether it is text.
const LOOKED_AT: usize = 64 << 10;

/// A file or a picture that belongs to a goal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// What it is called, as its user named it.
    pub name: String,
    /// Its media type: `text/plain`, or that of a picture.
    pub media: String,
    /// The hash of its bytes.
    pub blob: BlobId,
    /// How many bytes it has.
    pub bytes: u64,
}

impl Attachment {
    /// Tells whether it is a picture, which only some models can see.
    pub fn is_picture(&self) -> bool {
        self.media != TEXT
    }
}

/// Why a file cannot be attached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAttachment {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is neither text nor a picture of a kind that models see.
    #[error("it is neither text nor a picture")]
    Unknown,
    /// It is larger than a model takes.
    #[error("it has {bytes} bytes, and {what} may have {most}")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// What it is.
        what: &'static str,
        /// The most.
        most: usize,
    },
}

impl NoAttachment {
    /// Says what to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Empty => "leave it out",
            Self::Unknown => {
                "attach text, or a picture as png, jpeg, webp or gif; of other files, attach what a program makes of them as text"
            }
            Self::TooLarge { .. } => {
                "attach the part that matters, or a smaller picture; files of the workspace can be read without being attached"
            }
        }
    }
}

/// Tells the media type of a file from its bytes, if it can be attached.
pub fn media_of(bytes: &[u8]) -> Result<&'static str, NoAttachment> {
    if bytes.is_empty() {
        return Err(NoAttachment::Empty);
    }
    let (media, what, most) = match picture(bytes) {
        Some(media) => (media, "a picture", LARGEST_PICTURE),
        None if is_text(bytes) => (TEXT, "a text", LARGEST_TEXT),
        None => return Err(NoAttachment::Unknown),
    };
    if bytes.len() > most {
        return Err(NoAttachment::TooLarge {
            bytes: bytes.len(),
            what,
            most,
        });
    }
    Ok(media)
}

/// Knows the pictures that all providers take, by how they begin: PNG (ISO 15948, 5.2), JPEG (T.81,
/// B.1.1.3), GIF (its 89a specification, 17) and WebP (RFC 9649, 2.4).
fn picture(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Some("image/gif")
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else {
        None
    }
}

/// Text is UTF-8 without zeros. A character that the end of what is looked at cuts does no harm.
fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    if head.contains(&0) {
        return false;
    }
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && head.len() < bytes.len(),
    }
}

#[cfg(test)]
mod tests;
