//! Recall on conversations with questions: how many of the turns that answer a question are among the first.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use serde_json::Value;
use venom_kernel::memory::episode::EpisodeId;
use venom_kernel::time::Timestamp;
use venom_ports::memory::episodes::Asked;
use venom_store::Store;
use venom_testkit::conform::Checked;

/// The conversations that the weights of the ranker were fitted to; the others were only looked at.
const TUNED: &[&str] = &["conv-26", "conv-30"];
/// Questions of this category ask for what nobody said.
const ADVERSARIAL: u64 = 5;
const FIRST: [usize; 4] = [1, 5, 10, 20];

#[derive(Default)]
struct Sums {
    questions: usize,
    found: [f64; 4],
}

impl Sums {
    fn add(&mut self, found: &[f64; 4]) {
        self.questions += 1;
        for (sum, found) in self.found.iter_mut().zip(found) {
            *sum += found;
        }
    }

    fn show(&self, name: &str) {
        if self.questions == 0 {
            return;
        }
        let [one, five, ten, twenty] = self.found.map(|sum| 100.0 * sum / self.questions as f64);
        println!(
            "{name:<28}{:>5} questions   R@1 {one:5.1}   R@5 {five:5.1}   R@10 {ten:5.1}   R@20 {twenty:5.1}",
            self.questions
        );
    }
}

/// Asks every question of a conversation that has a store of its own.
pub(crate) async fn measure(data: &Path) -> Checked<()> {
    let file = if data.is_dir() {
        data.join("locomo_dev.json")
    } else {
        data.to_owned()
    };
    let text = std::fs::read_to_string(&file)?;
    println!("{}: blake3 {}", file.display(), blake3_of(&text));
    let data: Value = serde_json::from_str(&text)?;
    let rows = |name: &str| data.get(name).and_then(Value::as_array).cloned();
    let turns = rows("turns").ok_or("there are no turns")?;
    let questions = rows("questions").ok_or("there are no questions")?;
    let mut names: Vec<String> = Vec::new();
    for turn in &turns {
        let name = word(turn, 0)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut all = Sums::default();
    let mut tuned = Sums::default();
    let mut held_out = Sums::default();
    let mut categories: BTreeMap<u64, Sums> = BTreeMap::new();
    let mut times = Vec::new();
    for name in &names {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let store = Store::open(&dir.path().join("data"))?;
        let episodes = store.episodes();
        let mut notes = Vec::new();
        let mut places: BTreeMap<String, EpisodeId> = BTreeMap::new();
        for (at, turn) in turns.iter().enumerate() {
            if word(turn, 0)? != *name {
                continue;
            }
            let (id, said) = (word(turn, 1)?, word(turn, 2)?);
            let (speaker, text) = said.split_once(": ").ok_or("a turn has no speaker")?;
            // A session is a conversation; its turns are a minute apart.
            let session = id.split(':').next().unwrap_or_default().to_owned();
            let time = i64::try_from(at)? * 60_000_000;
            let mut note = super::noted(text.to_owned(), speaker.to_owned(), session, time);
            let episode = EpisodeId::from_number(at as u64 + 1);
            note.id = Some(episode);
            places.insert(id, episode);
            notes.push(note);
        }
        episodes
            .add(notes, "bench", Timestamp::from_micros(0))
            .await?;
        for asked in &questions {
            if word(asked, 0)? != *name {
                continue;
            }
            let answers: Vec<EpisodeId> = asked
                .get(2)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|id| places.get(id.as_str()?).copied())
                .collect();
            if answers.is_empty() {
                continue;
            }
            let category = asked.get(3).and_then(Value::as_u64).unwrap_or_default();
            let begun = Instant::now();
            let found = episodes
                .search(Asked {
                    words: word(asked, 1)?,
                    now: Timestamp::from_micros(i64::try_from(turns.len())? * 60_000_000),
                    offset: 0,
                    since: None,
                    until: None,
                    speaker: None,
                    thread: None,
                    limit: 20,
                })
                .await?;
            times.push(begun.elapsed());
            let found = FIRST.map(|first| {
                let hits = answers.iter().filter(|answer| {
                    found
                        .hits
                        .iter()
                        .take(first)
                        .any(|hit| hit.known.episode.id == **answer)
                });
                hits.count() as f64 / answers.len() as f64
            });
            categories.entry(category).or_default().add(&found);
            if category != ADVERSARIAL {
                all.add(&found);
                if TUNED.contains(&name.as_str()) {
                    tuned.add(&found);
                } else {
                    held_out.add(&found);
                }
            }
        }
        drop(episodes);
        store.close().await?;
    }
    all.show("categories 1 to 4");
    tuned.show("  fitted to");
    held_out.show("  held out");
    for (category, sums) in &categories {
        let what = match category {
            1 => "multi-hop",
            2 => "temporal",
            3 => "open domain",
            4 => "single-hop",
            _ => "adversarial",
        };
        sums.show(&format!("  category {category}, {what}"));
    }
    super::show("search", &mut times);
    Ok(())
}

fn word(row: &Value, at: usize) -> Checked<String> {
    let word = row.get(at).and_then(Value::as_str);
    Ok(word.ok_or("a row has another form")?.to_owned())
}

fn blake3_of(text: &str) -> String {
    blake3::hash(text.as_bytes())
        .to_hex()
        .chars()
        .take(16)
        .collect()
}
