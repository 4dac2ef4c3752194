use serde_json::json;

use super::*;
use crate::digest::BlobId;
use crate::effect::{Done, Failure, FailureKind};
use crate::id::{RunId, Seq};
use crate::model::{Part, Reply, Stop, Usage};
use crate::time::Timestamp;

/// The log of an agent's step.
#[derive(Default)]
struct Log {
    events: Vec<Envelope>,
    effects: u32,
}

impl Log {
    fn write(&mut self, event: Event) {
        let number = self.events.len() as u64 + 1;
        self.events.push(Envelope {
            run: RunId::new(0, 7),
            seq: Seq::new(number),
            time: Timestamp::from_micros(0),
            cause: None,
            schema: crate::event::SCHEMA,
            event,
        });
    }

    fn begin(&mut self, kind: EffectKind) -> EffectId {
        self.effects += 1;
        let id = EffectId::new(self.effects);
        self.write(Event::EffectStarted {
            id,
            step: step(),
            kind,
            class: EffectClass::Reversible,
        });
        id
    }

    fn end(&mut self, id: EffectId, outcome: EffectOutcome) {
        self.write(Event::EffectFinished {
            id,
            outcome,
            receipt: None,
        });
    }

    /// An answer of the model that wishes for one edit.
    fn think(&mut self, turn: u16, call: &str, text: &str) {
        let id = self.begin(EffectKind::Think {
            turn,
            asked: Digest::ZERO,
            bytes: 1,
            left_out: Vec::new(),
        });
        let reply = Reply {
            parts: vec![Part::ToolCall(ToolCall {
                id: call.to_owned(),
                name: "files_edit".to_owned(),
                arguments: json!({ "text": text }),
                seal: None,
            })],
            stop: Stop::Tools,
            usage: Usage::default(),
            model: String::new(),
            request_id: None,
        };
        let done = Done {
            reply: Some(Box::new(reply)),
            ..Done::default()
        };
        self.end(id, EffectOutcome::Done(done));
    }

    /// The edit, which changes something or cannot be made.
    fn act(&mut self, turn: u16, call: &str, changes: Option<char>) {
        let id = self.begin(EffectKind::Act {
            turn,
            call: call.to_owned(),
            skill: "files".to_owned(),
            action: "edit".to_owned(),
        });
        let Some(blob) = changes else {
            let failure = Failure::new(FailureKind::Refused, "not found");
            return self.end(id, EffectOutcome::Failed(failure));
        };
        let changes = ChangesRef {
            blob: BlobId::new(&blob.to_string().repeat(64)).unwrap(),
            digest: Digest::ZERO,
            files: 1,
        };
        let done = Done {
            changes: Some(changes.clone()),
            ..Done::default()
        };
        self.end(id, EffectOutcome::Done(done));
        let id = self.begin(EffectKind::Commit { changes });
        self.end(id, EffectOutcome::Done(Done::default()));
    }
}

fn step() -> StepId {
    "work".parse().unwrap()
}

fn texts(log: &Log) -> Vec<String> {
    let deeds = deeds(&log.events, &step()).unwrap();
    deeds
        .done
        .iter()
        .map(|deed| deed.call.arguments["text"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn calls_that_all_have_the_same_name_stay_in_their_order() {
    let mut log = Log::default();
    for (turn, text, changes) in [
        (1, "the roof", None),
        (2, "the door", Some('a')),
        // What could not be done at first.
        (3, "the roof", Some('b')),
        (4, "the door", Some('c')),
    ] {
        log.think(turn, "call_0", text);
        log.act(turn, "call_0", changes);
    }
    assert_eq!(texts(&log), ["the door", "the roof", "the door"]);
}
