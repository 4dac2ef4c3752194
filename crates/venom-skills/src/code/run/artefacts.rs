//! What snippets leave behind: the files in their `out` folder, bounded, without following links.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde_json::{Value, json};
use venom_kernel::change::RelPath;
use venom_ports::Result;

use crate::bounded;
use crate::name;
use crate::params::refused;
use crate::schema;

/// The most files that are kept of one snippet.
const MOST: usize = 200;

/// The largest file that is kept. Chosen: a plot has a hundredth, a table of a million rows half.
pub(super) const LARGEST: u64 = 32 << 20;

/// The most bytes that are kept of one snippet: they are held in memory until they are stored.
pub(super) const ROOM: u64 = 64 << 20;

/// How deep folders in `out` are looked into.
const DEEPEST: usize = 8;

/// A file that a snippet left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Artefact {
    /// Its path in `out`.
    pub(super) name: String,
    /// What it is, by its first bytes.
    pub(super) media: &'static str,
    pub(super) bytes: Vec<u8>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Artefacts {
    pub(super) all: Vec<Artefact>,
    /// What is not kept, and why.
    pub(super) left_out: Vec<String>,
    room: u64,
}

/// Which files are kept.
pub(super) struct Globs(Option<GlobSet>);

impl Globs {
    /// Reads patterns; without any, everything is kept.
    pub(super) fn of(patterns: Option<Vec<String>>) -> Result<Self> {
        let Some(patterns) = patterns else {
            return Ok(Self(None));
        };
        let mut set = GlobSetBuilder::new();
        for pattern in &patterns {
            let pattern = pattern.strip_prefix("out/").unwrap_or(pattern);
            let glob = GlobBuilder::new(pattern).build().map_err(|error| {
                refused(format!(
                    "`{}` is no pattern of files: {}",
                    bounded::line(pattern, 80),
                    error.kind()
                ))
            })?;
            set.add(glob);
        }
        let set = set
            .build()
            .map_err(|error| refused(format!("the patterns cannot be used: {error}")))?;
        Ok(Self(Some(set)))
    }

    fn take(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|set| set.is_match(name))
    }
}

impl Artefacts {
    /// Reads what lies in a folder.
    pub(super) fn read(folder: &Path, wanted: &Globs) -> Self {
        let mut found = Self::default();
        found.folder(folder, "", 0, wanted);
        found
    }

    fn folder(&mut self, folder: &Path, above: &str, depth: usize, wanted: &Globs) {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        for name in names {
            let place = folder.join(&name);
            let Some(name) = name.to_str() else {
                self.leave(&name.to_string_lossy(), "its name is no text");
                continue;
            };
            let path = if above.is_empty() {
                name.to_owned()
            } else {
                format!("{above}/{name}")
            };
            let Ok(about) = std::fs::symlink_metadata(&place) else {
                self.leave(&path, "it cannot be read");
                continue;
            };
            if about.is_dir() && depth < DEEPEST {
                self.folder(&place, &path, depth + 1, wanted);
                continue;
            }
            if !wanted.take(&path) {
                continue;
            }
            if !about.is_file() {
                self.leave(&path, "it is no regular file");
            } else if about.len() > LARGEST {
                self.leave(&path, "it is larger than 32 MiB");
            } else {
                match std::fs::read(&place) {
                    Ok(bytes) => self.add(path, bytes, wanted),
                    Err(_) => self.leave(&path, "it cannot be read"),
                }
            }
        }
    }

    /// Adds a file.
    pub(super) fn add(&mut self, name: String, bytes: Vec<u8>, wanted: &Globs) {
        if !wanted.take(&name) {
            return;
        }
        let size = bytes.len() as u64;
        if self.all.len() >= MOST {
            self.leave(&name, "there are more than 200");
        } else if self.room + size > ROOM {
            self.leave(&name, "all together are larger than 64 MiB");
        } else {
            self.room += size;
            self.all.push(Artefact {
                media: media(&bytes),
                name,
                bytes,
            });
        }
    }

    /// Notes what is not kept.
    pub(super) fn leave(&mut self, path: &str, why: &str) {
        if self.left_out.len() < MOST {
            self.left_out
                .push(format!("`{}` is not kept: {why}", name::shown(path)));
        }
    }
}

impl Artefact {
    /// The path of its copy in a folder of the workspace.
    pub(super) fn place_in(&self, folder: &RelPath) -> Result<RelPath> {
        let path = if folder.is_root() {
            self.name.clone()
        } else {
            format!("{folder}/{}", self.name)
        };
        RelPath::new(&path).map_err(|error| {
            refused(format!(
                "`{}` cannot be put into the workspace: {error}",
                name::shown(&self.name)
            ))
        })
    }

    pub(super) fn json(&self, blob: &str, to: Option<&str>) -> Value {
        json!({
            "name": self.name,
            "media": self.media,
            "size": self.bytes.len(),
            "blob": blob,
            "to": to,
        })
    }
}

/// Describes them.
pub(super) fn schema() -> Value {
    let artefact = schema::object()
        .must("name", schema::text("Its path in `out`."))
        .must(
            "media",
            schema::text("What it is, such as `image/png`, by its first bytes."),
        )
        .must("size", schema::number("Its size in bytes."))
        .must("blob", schema::text("Its name in the content store."))
        .must(
            "to",
            schema::or_null(schema::text("Where it is put in the workspace.")),
        )
        .done();
    schema::list(artefact, "The files that it left in `out`.")
}

/// What bytes are, by the marks that formats begin with.
fn media(bytes: &[u8]) -> &'static str {
    const MARKS: [(&[u8], &str); 7] = [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"BM", "image/bmp"),
        (b"%PDF-", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
    ];
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return "image/webp";
    }
    let marked = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark));
    if let Some((_, media)) = marked {
        return media;
    }
    let beginning = bytes.get(..bytes.len().min(4_096)).unwrap_or_default();
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        // The cut may go through a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(beginning.get(..error.valid_up_to()).unwrap_or_default())
                .unwrap_or_default()
        }
        Err(_) => return "application/octet-stream",
    };
    let is_text = !text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if is_text && start.starts_with('<') && text.contains("<svg") {
        return "image/svg+xml";
    }
    if is_text {
        "text/plain"
    } else {
        "application/octet-stream"
    }
}

#[cfg(test)]
mod tests;
