use super::*;
use crate::embed::Words;
use crate::recall::Reader;

struct World {
    words: Words,
    index: Index,
    texts: Vec<String>,
}

impl World {
    fn new() -> Self {
        Self {
            words: Words::embedded().unwrap(),
            index: Index::default(),
            texts: Vec::new(),
        }
    }

    fn say(&mut self, speaker: &str, thread: u64, text: &str) -> u64 {
        self.texts.push(text.to_owned());
        let key = self.texts.len() as u64;
        let entry = Entry {
            key,
            thread: Some(thread),
            speaker: speaker.to_owned(),
            time: i64::try_from(key).unwrap() * 10,
            importance: 0.5,
        };
        let reading = Reader::new(&self.words).read(text, &[]);
        self.index.add(entry, &reading);
        key
    }

    fn ask(&self, text: &str) -> Vec<u64> {
        self.found(text, Preferred::default())
            .into_iter()
            .map(|candidate| candidate.key)
            .collect()
    }

    fn found(&self, text: &str, preferred: Preferred) -> Vec<Candidate> {
        let speakers: Vec<String> = self.index.speakers().cloned().collect();
        let question = Reader::new(&self.words).question(text, &[], &speakers);
        let weights = Weights::default();
        self.index
            .search(&question, 10, &weights, preferred, |_| true)
    }
}

fn talk() -> World {
    let mut world = World::new();
    world.say("Ada", 1, "We should look at the payment service.");
    world.say("Ben", 1, "What is wrong with it?");
    world.say("Ada", 1, "It drops connections to PostgreSQL at midnight.");
    world.say("Ben", 1, "My sister paints landscapes.");
    world.say("Ada", 2, "I bought a red bicycle.");
    world.say("Ben", 2, "The children went swimming.");
    world
}

#[test]
fn shared_words_and_meaning_both_find() {
    let world = talk();
    assert_eq!(world.ask("PostgreSQL connections").first(), Some(&3));
    assert_eq!(world.ask("did the kids swim").first(), Some(&6));
    assert_eq!(world.ask("bike").first(), Some(&5));
}

#[test]
fn neighbours_and_speakers_count() {
    let world = talk();
    let found = world.found(
        "what did Ben ask about the payment service?",
        Preferred::default(),
    );
    let of = |key: u64| {
        found
            .iter()
            .find(|candidate| candidate.key == key)
            .unwrap()
            .parts
    };
    assert!(of(2)[4] > 0.99 && of(1)[4] < 0.01, "only Ben is named");
    assert!(
        of(2)[1] > 0.0 && of(2)[0] < 1e-6,
        "the words stand beside it"
    );
    assert!(of(6)[1] < 1e-6, "another conversation is no neighbour");
}

#[test]
fn a_removed_text_is_in_no_list_and_its_neighbours_meet() {
    let mut world = talk();
    world.index.remove(2);
    world.index.remove(2);
    assert_eq!(world.index.len(), 5);
    assert!(!world.ask("What is wrong with it?").contains(&2));
    let slot = &world.index.slots[0];
    assert_eq!(slot.after, 2, "the first is beside the third now");
    let place = 1;
    assert!(
        world
            .index
            .words
            .values()
            .flatten()
            .all(|(at, _)| *at != place)
    );
    world.index.remove(4);
    let key = world.say("Ben", 1, "Oils, mostly.");
    assert_eq!(
        world.index.slots[usize::try_from(key).unwrap() - 1].before,
        2
    );
    for key in [1, 3, 5, 6, 7] {
        world.index.remove(key);
    }
    assert!(world.index.is_empty() && world.index.words.is_empty());
    assert_eq!(world.index.speakers().count(), 0);
    assert!(world.ask("anything").is_empty());
}

#[test]
fn a_preferred_time_lifts_what_happened_then() {
    let mut world = World::new();
    world.say("Ada", 1, "the build broke");
    world.say("Ada", 2, "the build broke");
    assert_eq!(world.ask("the build broke"), [1, 2]);
    let later = Preferred {
        since: Some(15),
        until: None,
    };
    let found = world.found("the build broke", later);
    assert_eq!(found[0].key, 2);
    assert!(found[0].parts[6] > 0.99);
}

#[test]
fn the_second_pass_orders_anew_and_leaves_the_rest() {
    let world = talk();
    let mut found = world.found("connections", Preferred::default());
    let last = found.len() - 1;
    let mut measured = vec![0.1; found.len()];
    measured[last] = 0.9;
    let key = found[last].key;
    let weights = Weights {
        closeness: 10.0,
        ..Weights::default()
    };
    Candidate::take_up(&mut found, &measured, &weights);
    assert_eq!(found[0].key, key);
    Candidate::take_up(&mut [], &[], &weights);
}

#[test]
fn nothing_is_found_in_nothing() {
    let world = World::new();
    assert!(world.ask("anything").is_empty());
    assert!(talk().ask("").len() <= 6);
}
