//! What was said and done: a question, and what fits it with the reasons.

use venom_ports::memory::episodes::Hit;

use super::Listed;
use crate::canvas::{Row, wrapped};
use crate::look::Role;
use crate::model::Model;

/// Lines of the words of the hit that is looked at.
const LINES: usize = 12;

pub(super) fn lines(model: &Model) -> Listed {
    let recall = &model.recall;
    let mut listed = Listed {
        cursor: recall.is_typing.then_some(0),
        ..Listed::default()
    };
    let line = Row::new(Role::Key, "/ ");
    listed
        .rows
        .push(if recall.line.is_empty() && !recall.is_typing {
            line.and(Role::Dim, "what is looked for")
        } else {
            line.and(Role::Plain, recall.line.text())
        });
    let width = usize::from(model.size.0.saturating_sub(6)).max(20);
    let found = match &recall.found {
        Some(Ok(found)) => found,
        Some(Err(why)) => {
            for line in wrapped(why, width, LINES) {
                listed.rows.push(Row::new(Role::Bad, line));
            }
            return listed;
        }
        None if recall.asked.is_some() && !recall.is_typing => {
            listed.rows.push(Row::new(Role::Dim, "searching"));
            return listed;
        }
        None => return listed,
    };
    for line in found.read.iter().chain(&found.notes) {
        listed.rows.push(Row::new(Role::Dim, line.as_str()));
    }
    let count = match found.hits.len() {
        0 => "nothing fits".to_owned(),
        1 => "one hit".to_owned(),
        count => format!("{count} hits"),
    };
    listed.rows.push(Row::new(
        Role::Dim,
        format!(
            "{count} of {} episodes, answered by {}",
            found.searched,
            found.level.name()
        ),
    ));
    for (index, hit) in found.hits.iter().enumerate() {
        let is_here = index == recall.place;
        if is_here && !recall.is_typing {
            listed.selected = Some(listed.rows.len());
        }
        listed.rows.push(head(model, hit));
        if is_here {
            opened(hit, width, &mut listed.rows);
        }
    }
    listed
}

fn head(model: &Model, hit: &Hit) -> Row {
    let episode = &hit.known.episode;
    let time: String = (model.words.time)(episode.time).chars().take(16).collect();
    let pin = if hit.known.is_pinned { "pinned " } else { "" };
    Row::new(Role::Key, format!("{:.3} ", hit.score))
        .and(Role::Dim, format!("{time} "))
        .and(Role::Accent, format!("{} ", episode.speaker))
        .and(Role::Warn, pin)
        .and(Role::Plain, episode.text.as_str())
}

/// All words, who vouches for them, and why the hit stands where it stands.
fn opened(hit: &Hit, width: usize, rows: &mut Vec<Row>) {
    let episode = &hit.known.episode;
    for line in wrapped(&episode.text, width.saturating_sub(4), LINES) {
        rows.push(Row::new(Role::Plain, format!("    {line}")));
    }
    rows.push(Row::new(
        Role::Dim,
        format!(
            "    {}  {}, {}",
            episode.id,
            episode.kind.name(),
            episode.trust
        ),
    ));
    let mut parts: Vec<(f32, &str)> = hit
        .parts
        .iter()
        .map(|part| (part.value * part.weight, part.name.as_str()))
        .filter(|(adds, _)| *adds >= 0.000_5)
        .collect();
    parts.sort_by(|one, other| other.0.total_cmp(&one.0));
    let why: Vec<String> = parts
        .iter()
        .map(|(adds, name)| format!("{name} {adds:.3}"))
        .collect();
    rows.push(Row::new(
        Role::Dim,
        format!("    because {}", why.join(", ")),
    ));
}
