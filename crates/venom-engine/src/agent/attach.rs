//! Attachments: files and pictures that somebody hands over with a goal, from their bytes to what a model
//! is shown.
//!
//! They are looked at before the run begins, so that nobody learns after a plan and its tests that no
//! model can see a picture. What is handed over is kept as it will be shown: a text is made plain and
//! well-known credentials in it are masked before it reaches the content store.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use venom_kernel::agent::Excerpt;
use venom_kernel::attachment::{self as kernel, Attachment};
use venom_kernel::change::RelPath;
use venom_kernel::confine::Fence;
use venom_kernel::digest::BlobId;
use venom_kernel::event::RunOptions;
use venom_kernel::model::{ModelInfo, Privacy, Request};
use venom_ports::{Failure, FailureKind, Result};

use super::{LONGEST_FILE, bounded, safe};
use crate::host::Host;
use crate::world::World;

/// The most bytes of all attached texts together that a model is shown. Chosen: a third of the tokens that
/// are sent at once by default.
const MOST_SHOWN: usize = 96 << 10;
/// What a model is told where an attached text is cut. It may lie where no tool reads.
const CUT: &str = "[The rest of the file is left out.]";
/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 200;

/// A file that somebody hands over with a goal.
#[derive(Debug)]
pub struct Handed {
    /// What its user called it.
    pub name: String,
    /// Where it lies, with no links in it.
    pub path: PathBuf,
    /// Its bytes; it is refused if there are more than a model takes, so no more need to be read.
    pub bytes: Vec<u8>,
}

impl Host {
    /// Takes the files that belong to a goal, if the models that could be asked can be shown them.
    pub async fn attach(
        &self,
        handed: Vec<Handed>,
        options: &RunOptions,
    ) -> Result<Vec<Attachment>> {
        if handed.is_empty() {
            return Ok(Vec::new());
        }
        if handed.len() > kernel::MOST {
            return Err(Failure::new(
                FailureKind::Refused,
                format!(
                    "{} files are attached, and a goal may have {}",
                    handed.len(),
                    kernel::MOST
                ),
            )
            .with_hint(
                "attach those that matter; an agent reads files of the workspace by itself",
            ));
        }
        let fence = Fence::of(&self.world.confinement);
        let mut looked_at = Vec::with_capacity(handed.len());
        for file in handed {
            let media = medium(&file, &fence)?;
            looked_at.push((file, media));
        }
        let has_picture = looked_at.iter().any(|(_, media)| *media != kernel::TEXT);
        can_be_shown(&self.world, options, has_picture)?;
        let mut attached = Vec::with_capacity(looked_at.len());
        for (file, media) in looked_at {
            let bytes = if media == kernel::TEXT {
                safe(&String::from_utf8_lossy(&file.bytes)).into_bytes()
            } else {
                file.bytes
            };
            attached.push(Attachment {
                name: shown(&file.name),
                media: media.to_owned(),
                bytes: bytes.len() as u64,
                blob: self.world.blobs.put(bytes).await?,
            });
        }
        Ok(attached)
    }
}

/// Finds out what a file is, and refuses what no model is shown.
fn medium(file: &Handed, fence: &Fence) -> Result<&'static str> {
    let name = shown(&file.name);
    let refused = |why: &str, hint: &str| {
        Failure::new(
            FailureKind::Refused,
            format!("`{name}` cannot be attached: {why}"),
        )
        .with_hint(hint)
    };
    let is_hidden = [Path::new(&file.name), file.path.as_path()]
        .into_iter()
        .filter_map(inner)
        .any(|path| fence.hides(&path));
    if is_hidden {
        return Err(refused(
            "it may hold secrets, which no model is shown",
            "attach a copy of the part that matters, under another name",
        ));
    }
    kernel::media_of(&file.bytes).map_err(|why| refused(&why.to_string(), why.hint()))
}

/// Returns the names of a path, from wherever it begins.
fn inner(path: &Path) -> Option<RelPath> {
    let names: Vec<_> = path
        .components()
        .filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy()),
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir => None,
        })
        .collect();
    RelPath::new(&names.join("/")).ok()
}

fn shown(name: &str) -> String {
    let name = safe(name).replace(['\n', '\t'], " ");
    name.chars().take(LONGEST_NAME).collect()
}

/// Refuses pictures where whoever would be asked sees none, and files where there is nobody to ask.
fn can_be_shown(world: &World, options: &RunOptions, has_picture: bool) -> Result<()> {
    let all = world.models.list();
    let is_local = options.local_only || world.agents.routing.local_only;
    let named = options.model.as_ref().or(world.agents.model.as_ref());
    let could: Vec<&ModelInfo> = all
        .iter()
        .filter(|info| named.is_none_or(|named| info.id == *named))
        .filter(|info| !is_local || info.privacy == Privacy::Local)
        .collect();
    if all.is_empty() {
        return Err(Failure::new(
            FailureKind::Missing,
            "files are for models to look at, and no model is configured",
        )
        .with_hint("configure one: `venom models` says how"));
    }
    // A model that is named and not there, or not the user's own, is refused in the words of the choice.
    if !has_picture || could.is_empty() || could.iter().any(|info| info.images) {
        return Ok(());
    }
    let who = match named {
        Some(model) => format!("{model} sees no pictures"),
        None => "none of the models that may be asked sees pictures".to_owned(),
    };
    Err(Failure::new(FailureKind::Refused, who).with_hint(
        "name a model that does with `--model`, or say `images: true` of yours in `models.yaml` if it does",
    ))
}

/// Returns the names of attachments and what they are, a line each.
pub(crate) fn named(attached: &[Attachment]) -> String {
    let mut lines = String::new();
    for one in attached {
        lines.push_str(&one.name);
        lines.push_str(" (");
        lines.push_str(&one.media);
        lines.push_str(")\n");
    }
    lines
}

/// Reads the attached texts as far as models are shown them.
pub(super) async fn texts(world: &World, attached: &[Attachment]) -> Result<Vec<Excerpt>> {
    let texts: Vec<&Attachment> = attached.iter().filter(|one| !one.is_picture()).collect();
    let each = MOST_SHOWN
        .checked_div(texts.len())
        .unwrap_or(MOST_SHOWN)
        .min(LONGEST_FILE);
    let mut excerpts = Vec::with_capacity(texts.len());
    for one in texts {
        let bytes = world.blobs.get(&one.blob).await?;
        excerpts.push(Excerpt {
            path: format!("{} (attached)", one.name),
            text: bounded(&bytes, each, CUT),
        });
    }
    Ok(excerpts)
}

/// Returns the bytes of the pictures of a request.
pub(crate) async fn pictures(
    world: &World,
    request: &Request,
) -> Result<BTreeMap<BlobId, Arc<[u8]>>> {
    let mut pictures = BTreeMap::new();
    for id in request.images() {
        let bytes = world.blobs.get(&id).await?;
        pictures.insert(id, Arc::from(bytes));
    }
    Ok(pictures)
}
