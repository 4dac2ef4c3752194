//! What a memory found and what was learnt of models, for scenes.

use std::collections::BTreeMap;

use venom_kernel::id::Seq;
use venom_kernel::memory::Trust;
use venom_kernel::memory::episode::{Episode, EpisodeId, Kind as Episodic, Source};
use venom_kernel::model::{Kind, ModelId, ModelInfo, Price, Privacy};
use venom_kernel::money::MicroUsd;
use venom_kernel::route::{Belief, Record};
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::memory::episodes::{Found, Hit, Known, Level, Part};

fn hit(number: i64, speaker: &str, text: &str, score: f32, is_pinned: bool) -> Hit {
    let time = Timestamp::from_micros(1_795_424_400_000_000 + number * 60_000_000);
    let part = |name: &str, value: f32, weight: f32| Part {
        name: name.to_owned(),
        value,
        weight,
    };
    Hit {
        known: Known {
            episode: Episode {
                id: EpisodeId::of_note(time, speaker, None, text),
                time,
                kind: Episodic::Goal,
                speaker: speaker.to_owned(),
                text: text.to_owned(),
                about: Vec::new(),
                trust: Trust::User,
                thread: None,
                source: Source::Note {
                    seq: Seq::new(number.unsigned_abs()),
                },
            },
            is_pinned,
            repeated: 0,
            importance: 7_000,
        },
        score,
        parts: vec![
            part("meaning", 0.91, 0.5),
            part("words", 0.6, 0.3),
            part("recency", 0.0, 0.1),
        ],
    }
}

/// What a memory has about a cache, with words that nobody should print as they are.
pub(crate) fn found() -> Found {
    Found {
        level: Level::Vectors,
        by: "the flat index".to_owned(),
        notes: vec![],
        hits: vec![
            hit(
                1,
                "ada",
                "We keep the cache in Redis since the migration in May, because two processes have to see the same answers and neither may wait for the other one.",
                0.812,
                true,
            ),
            hit(
                2,
                "user",
                "délete the ol\u{1b}[31md \u{202e}cache",
                0.534,
                false,
            ),
            hit(3, "files.search", "日本語のキャッシュ", 0.221, false),
        ],
        read: vec!["only what ada said".to_owned()],
        searched: 1_204,
    }
}

fn model(id: &str, quality: u16, dollars: u64) -> ModelInfo {
    let price = |times: u64| MicroUsd::new(dollars * times * 1_000_000);
    ModelInfo {
        id: id.parse().expect("a model"),
        context: 200_000,
        max_output: 8_000,
        price: Price {
            input: price(1),
            output: price(5),
            cache_read: price(0),
            cache_write: price(1),
        },
        privacy: if dollars == 0 {
            Privacy::Local
        } else {
            Privacy::Cloud
        },
        tools: true,
        schema: true,
        images: false,
        thinking: dollars > 3,
        quality: BTreeMap::from([(Kind::Code, quality)]),
        typical: Millis::from_secs(3),
    }
}

/// Four models: two that are worth choosing from, one that is not, and one of the user's own.
pub(crate) fn models() -> Vec<ModelInfo> {
    vec![
        model("anthropic/claude-opus-4-5", 930, 15),
        model("gemini/flash-2.0", 770, 1),
        model("openai/other", 700, 9),
        model("ollama/llama3.1", 540, 0),
    ]
}

/// What was learnt of two of them.
pub(crate) fn records() -> BTreeMap<ModelId, Record> {
    let record = |good: u64, bad: u64| {
        let mut record = Record::default();
        let belief = Belief {
            good: good * 1_000_000,
            bad: bad * 1_000_000,
            ..Belief::default()
        };
        record.stats.beliefs.insert(Kind::Code, belief);
        record
    };
    let id = |text: &str| text.parse().expect("a model");
    BTreeMap::from([
        (id("gemini/flash-2.0"), record(9, 3)),
        (id("ollama/llama3.1"), record(1, 4)),
    ])
}
