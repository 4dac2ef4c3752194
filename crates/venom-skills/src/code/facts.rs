//! What the files of a project say about each other, gathered before any of them is judged.

use std::collections::BTreeSet;

use venom_kernel::change::RelPath;
use venom_ports::Result;
use venom_ports::skill::SkillContext;

use super::sources::{Listed, Sources, is_python};
use super::{MAX_TEXT_BYTES, ProjectFacts};

/// Gathers the facts of the whole workspace, whichever part of it is analysed.
pub(super) async fn read(context: &SkillContext, sources: &Sources) -> Result<ProjectFacts> {
    let mut facts = ProjectFacts::default();
    if sources.is_whole {
        for source in &sources.files {
            // Only Python is judged by what other files say.
            if is_python(source.path.as_str()) {
                facts.read(source.path.as_str(), &source.text);
            }
        }
        if sources.truncated || !sources.unread.is_empty() {
            // What was not looked at may import anything.
            facts.miss();
        }
        if sources.skipped.is_empty() {
            return Ok(facts);
        }
    }
    let known: BTreeSet<&str> = sources
        .files
        .iter()
        .filter(|_| sources.is_whole)
        .map(|source| source.path.as_str())
        .collect();
    let listed = Listed::read(context, &RelPath::root()).await?;
    if listed.truncated || !listed.unread.is_empty() {
        facts.miss();
    }
    for entry in listed.entries {
        if known.contains(entry.path.as_str()) || !is_python(entry.path.as_str()) {
            continue;
        }
        match context.files.read(&entry.path, MAX_TEXT_BYTES as u64).await {
            Ok(file) => facts.read(entry.path.as_str(), &String::from_utf8_lossy(&file.bytes)),
            Err(_) => facts.miss(),
        }
    }
    Ok(facts)
}
