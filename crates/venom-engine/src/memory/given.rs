//! Given memories: what of all that is remembered an agent is told before it begins, and what it finds when it asks.
//!
//! Whatever is given goes into the log with its name, date and label, so that a replay needs no memory. Little is
//! given: what does not fit the task costs money with every answer, and each line of it is somebody's words.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use venom_kernel::agent::{Memory, Recall};
use venom_kernel::memory::Trust;
use venom_kernel::memory::episode::Kind;
use venom_kernel::memory::extract;
use venom_kernel::memory::fact::{Relation, Row};
use venom_ports::Result;
use venom_ports::memory::episodes::{Asked, Hit};

use crate::agent::safe;
use crate::world::World;

/// The most characters of one memory that a model is shown. Chosen: three sentences.
const LONGEST: usize = 400;
/// How many hits are looked through for each that is given: what is of no use is left out.
const LOOKED_AT: usize = 6;
/// How much of the most a kind of evidence must say for a hit that nobody asked for. Chosen: what shares no rare
/// word with the task is left out.
const FITS: f32 = 0.3;

/// Returns what an agent is given that begins without a model: nothing but leave to ask.
pub(crate) fn none(world: &World) -> Option<Box<Recall>> {
    let is_given = world.agents.memories > 0 && (world.episodes.is_some() || world.facts.is_some());
    is_given.then(|| {
        Box::new(Recall {
            time: world.clock.now(),
            entry: 0,
            memories: Vec::new(),
        })
    })
}

/// Returns what an agent is given for a task; nothing where memories are not given.
pub(crate) async fn recall(
    world: &World,
    run: &str,
    task: &str,
    root: &str,
) -> Option<Box<Recall>> {
    let most = usize::from(world.agents.memories);
    if most == 0 || (world.episodes.is_none() && world.facts.is_none()) {
        return None;
    }
    let time = world.clock.now();
    let mut memories = Vec::new();
    let mut entry = 0;
    if let Some(facts) = &world.facts {
        match facts.told().await {
            Ok(told) => {
                entry = told.last_entry();
                let project = root.rsplit('/').next().unwrap_or_default();
                let known = told.knowledge(None);
                let rows = known.rows.iter().filter(|row| row.is_current(time));
                memories = facts_for(rows, task, project, most);
            }
            Err(failure) => tracing::warn!(%failure, "facts cannot be read for an agent"),
        }
    }
    match found(world, task, most.saturating_mul(LOOKED_AT)).await {
        Ok(hits) => {
            let fits = hits.iter().filter(|hit| {
                let episode = &hit.known.episode;
                episode.thread.as_deref() != Some(run) && is_of_use(hit)
            });
            let mut said: BTreeSet<String> = BTreeSet::new();
            let told = fits.filter_map(|hit| {
                let memory = episode(hit);
                said.insert(memory.text.to_lowercase()).then_some(memory)
            });
            memories.extend(told.take(most));
        }
        Err(failure) => tracing::warn!(%failure, "episodes cannot be searched for an agent"),
    }
    Some(Box::new(Recall {
        time,
        entry,
        memories,
    }))
}

/// Finds what a model asks the memory for, as text.
pub(crate) async fn search(world: &World, run: &str, query: &str, limit: usize) -> Result<String> {
    let mut text = String::new();
    if let Some(facts) = &world.facts {
        let told = facts.told().await?;
        let known = told.knowledge(None);
        let now = world.clock.now();
        let rows = known.rows.iter().filter(|row| row.is_current(now));
        for memory in facts_for(rows, query, "", limit) {
            push(&mut text, &memory);
        }
    }
    let hits = found(world, query, limit).await?;
    for hit in hits
        .iter()
        .filter(|hit| hit.known.episode.thread.as_deref() != Some(run))
    {
        push(&mut text, &episode(hit));
    }
    if text.is_empty() {
        text.push_str("Nothing is remembered that fits.\n");
    }
    Ok(text)
}

fn push(text: &mut String, memory: &Memory) {
    let words: Vec<&str> = memory.text.split_whitespace().collect();
    let date = memory.time.date();
    let said = words.join(" ");
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "[{}, {date}, {}, {}] {said}",
        memory.id, memory.from, memory.trust
    );
}

async fn found(world: &World, words: &str, limit: usize) -> Result<Vec<Hit>> {
    let Some(episodes) = &world.episodes else {
        return Ok(Vec::new());
    };
    let words: String = words.chars().take(2_000).collect();
    if !words.chars().any(char::is_alphanumeric) {
        return Ok(Vec::new());
    }
    let asked = Asked {
        words,
        now: world.clock.now(),
        offset: 0,
        since: None,
        until: None,
        speaker: None,
        thread: None,
        limit,
    };
    episodes.search(asked).await.map(|found| found.hits)
}

/// Tells whether a hit helps somebody who did not ask: it shares words or a name with the task, and is no bare
/// record of work.
fn is_of_use(hit: &Hit) -> bool {
    let fits = hit
        .parts
        .iter()
        .any(|part| matches!(part.name.as_str(), "words" | "names") && part.value >= FITS);
    let tells = match hit.known.episode.kind {
        Kind::Note | Kind::Goal | Kind::Answer | Kind::Failure | Kind::Outcome | Kind::Said => true,
        Kind::Understood | Kind::Question | Kind::Result => hit.known.is_pinned,
    };
    fits && tells
}

fn episode(hit: &Hit) -> Memory {
    let episode = &hit.known.episode;
    Memory {
        id: episode.id.to_string(),
        text: short(&episode.text),
        from: short(&episode.speaker),
        time: episode.time,
        trust: episode.trust,
    }
}

/// Chooses the facts that a text is about: those whose things it names, and what is preferred and was decided here.
fn facts_for<'r>(
    rows: impl Iterator<Item = &'r Row>,
    text: &str,
    project: &str,
    most: usize,
) -> Vec<Memory> {
    let words: BTreeSet<String> = text
        .split(|c: char| {
            c.is_whitespace() || matches!(c, ',' | ';' | ':' | '?' | '!' | '"' | '`' | '(' | ')')
        })
        .map(|word| word.trim_matches(['.', '\'']).to_lowercase())
        .filter(|word| word.chars().count() > 2)
        .collect();
    let project = extract::name(project);
    let mut chosen: Vec<(u8, &Row)> = rows
        .filter_map(|row| {
            let is_named = |name: &str| words.contains(&name.to_lowercase());
            let rules = matches!(
                row.relation,
                Relation::Prefers | Relation::Avoids | Relation::Decided
            );
            // What somebody wants kept to counts for all that is done there.
            let is_here = rules && (row.subject == project || row.trust == Trust::User);
            let about_this = row.subject != project && is_named(&row.subject);
            let rank =
                u8::from(about_this) * 2 + u8::from(is_named(&row.object)) * 2 + u8::from(is_here);
            (rank > 0).then_some((rank, row))
        })
        .collect();
    chosen.sort_by(|one, two| two.0.cmp(&one.0).then(two.1.from.cmp(&one.1.from)));
    chosen
        .into_iter()
        .take(most)
        .map(|(_, row)| fact(row))
        .collect()
}

fn fact(row: &Row) -> Memory {
    let mut text = format!("{} {} {}", row.subject, row.relation.phrase(), row.object);
    if let Some(qualifier) = &row.qualifier {
        text.push(' ');
        text.push_str(qualifier);
    }
    let from = row.support.first().map(|support| match &support.source {
        Some(source) => source.clone(),
        None => support.origin.to_string(),
    });
    Memory {
        id: row.id.to_string(),
        text: short(&text),
        from: short(&from.unwrap_or_default()),
        time: row.from,
        trust: row.trust,
    }
}

fn short(text: &str) -> String {
    let text = safe(text);
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
