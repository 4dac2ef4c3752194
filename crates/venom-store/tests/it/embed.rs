//! Vectors by a model of a provider: made in the background, never mixed with others, gone with what they are of, and
//! answered for by the table in the program while the model is away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use venom_ports::memory::embed::Embedder;
use venom_ports::memory::episodes::{Found, Mark};
use venom_ports::memory::vectors::Vectors;
use venom_ports::{Failure, FailureKind, Result};
use venom_store::Store;
use venom_store::keys::Mode;
use venom_store::service::{Services, WhenDown};
use venom_testkit::conform::episodes::asked;
use venom_testkit::conform::{self, Checked};
use venom_testkit::memory::MemoryVectors;

use crate::fixture::Home;
use crate::services::{NOW, fill};

/// A model that knows one thing only: what has to do with water. All else points the other way.
struct Water {
    id: &'static str,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failing: Option<Failure>,
    /// A word that the model refuses to read.
    refused: Option<&'static str>,
    read: Vec<String>,
}

impl Water {
    fn new(id: &'static str) -> Arc<Self> {
        Arc::new(Self {
            id,
            state: Mutex::default(),
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn fail(&self, kind: Option<FailureKind>) {
        let failure = kind.map(|kind| Failure::new(kind, "the model is away"));
        self.with(|state| state.failing = failure);
    }

    fn read(&self) -> usize {
        self.with(|state| state.read.len())
    }
}

#[async_trait]
impl Embedder for Water {
    fn id(&self) -> &str {
        self.id
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        self.with(|state| {
            if let Some(failure) = &state.failing {
                return Err(failure.clone());
            }
            if let Some(word) = state.refused
                && texts.iter().any(|text| text.contains(word))
            {
                return Err(Failure::new(FailureKind::Refused, "it is too long"));
            }
            state.read.extend(texts.iter().cloned());
            let wet = ["river", "rain", "harbour", "swim"];
            Ok(texts
                .iter()
                .map(|text| {
                    let is_wet = wet.iter().any(|word| text.contains(word));
                    let side = if is_wet { 1.0 } else { -1.0 };
                    vec![side, 0.1, 0.0]
                })
                .collect())
        })
    }
}

const TEXTS: [&str; 4] = [
    "They went down to the harbour at noon.",
    "The invoice was sent twice.",
    "The build was green on Friday.",
    "Somebody left the window open.",
];

async fn told(home: &Home) -> Checked<Store> {
    let store = home.open()?;
    let notes = TEXTS
        .iter()
        .zip(1..)
        .map(|(text, at)| {
            let mut note = crate::services::note(at);
            (*text).clone_into(&mut note.text);
            note.thread = None;
            note
        })
        .collect();
    store.episodes().add(notes, "test", NOW).await?;
    Ok(store)
}

/// What the model says about the first hit.
fn meaning(found: &Found) -> Option<(String, f32)> {
    let hit = found.hits.first()?;
    let part = hit.parts.iter().find(|part| part.name == "meaning")?;
    Some((hit.known.episode.text.clone(), part.value))
}

#[tokio::test]
async fn a_model_finds_what_shares_no_word() -> Checked {
    let home = Home::new()?;
    let store = told(&home).await?;
    let water = Water::new("home/water");
    store.embed_with(water.clone(), WhenDown::Refuse)?;
    let before = store.embedded().await?.ok_or("no model")?;
    assert_eq!((before.episodes, before.lacking), (4, 4));
    let found = store.episodes().search(asked("who likes to swim")).await?;
    assert_eq!(
        meaning(&found),
        Some((TEXTS[0].to_owned(), 1.0)),
        "{found:?}"
    );
    assert!(found.by.contains("home/water"), "{}", found.by);
    assert_eq!(found.notes, Vec::<String>::new());
    assert_eq!(store.embedded().await?.map(|now| now.lacking), Some(0));
    // Each episode is read once; then questions alone are.
    assert_eq!(water.read(), 5);
    store.episodes().search(asked("rain")).await?;
    assert_eq!(water.read(), 6);
    let home = Home::new()?;
    let store = home.open()?;
    store.embed_with(Water::new("home/water"), WhenDown::Refuse)?;
    conform::episodes::suite(&*store.episodes()).await
}

#[tokio::test]
async fn vectors_stay_when_rows_are_made_anew_and_go_with_what_is_forgotten() -> Checked {
    let home = Home::new()?;
    let store = told(&home).await?;
    store.embed_with(Water::new("home/water"), WhenDown::Refuse)?;
    assert_eq!(store.embed(10).await?, 0);
    let rows = |model: &str| -> Checked<i64> {
        let file = crate::fixture::tamper(&home.file("vectors.db"))?;
        let sql = "SELECT count(*) FROM vectors WHERE model = ?1";
        Ok(file.query_row(sql, [model], |row| row.get(0))?)
    };
    assert_eq!(rows("home/water")?, 4);
    let found = store.episodes().search(asked("swim")).await?;
    let first = found
        .hits
        .first()
        .ok_or("nothing was found")?
        .known
        .episode
        .id;
    store
        .episodes()
        .mark(first, Mark::Forget, "test", NOW)
        .await?;
    assert_eq!(rows("home/water")?, 3);
    store.projections().rebuild().await?;
    store.close().await?;

    // The same model has nothing to read; another one reads everything, and what the first made goes.
    let again = home.open()?;
    let water = Water::new("home/water");
    again.embed_with(water.clone(), WhenDown::Refuse)?;
    assert_eq!(again.embed(10).await?, 0);
    assert_eq!(water.read(), 0);
    again.close().await?;
    let other = home.open()?;
    let newer = Water::new("home/newer");
    other.embed_with(newer.clone(), WhenDown::Refuse)?;
    assert_eq!(other.embedded().await?.map(|now| now.lacking), Some(3));
    assert_eq!(other.embed(10).await?, 0);
    assert_eq!(newer.read(), 3);
    assert_eq!((rows("home/water")?, rows("home/newer")?), (0, 3));
    Ok(())
}

#[tokio::test]
async fn while_the_model_is_away_the_program_answers_or_refuses() -> Checked {
    for when_down in [WhenDown::Embedded, WhenDown::Refuse] {
        let (home, plain) = (Home::new()?, Home::new()?);
        let (store, alone) = (told(&home).await?, told(&plain).await?);
        let water = Water::new("home/water");
        water.fail(Some(FailureKind::Unavailable));
        store.embed_with(water.clone(), when_down)?;
        let asking = store.episodes().search(asked("the invoice")).await;
        if when_down == WhenDown::Refuse {
            let failure = asking.err().ok_or("it was answered")?;
            assert_eq!(failure.kind, FailureKind::Unavailable);
            let hint = failure.hint.unwrap_or_default();
            assert!(hint.contains("when_down: embedded"), "{hint}");
            continue;
        }
        let found = asking?;
        let same = alone.episodes().search(asked("the invoice")).await?;
        assert_eq!(
            found.hits, same.hits,
            "the table in the program answers as without a model"
        );
        assert!(
            found.notes.iter().any(|note| note.contains("is away")),
            "{:?}",
            found.notes
        );
        // It rests: nobody asks it again at once.
        water.fail(None);
        store.episodes().search(asked("the window")).await?;
        assert_eq!(water.read(), 0);
    }
    Ok(())
}

#[tokio::test]
async fn far_behind_the_program_answers_and_one_text_that_is_refused_stops_nothing() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    fill(&store, 0, 300).await?;
    let water = Water::new("home/water");
    water.with(|state| state.refused = Some("build 17."));
    store.embed_with(water.clone(), WhenDown::Refuse)?;
    let found = store.episodes().search(asked("the ledger")).await?;
    let note = found.notes.first().ok_or("nothing was said")?;
    assert!(
        note.contains("has yet to make vectors of 172 episodes"),
        "{note}"
    );
    assert!(!found.hits.is_empty());
    assert_eq!(store.embed(usize::MAX).await?, 0);
    assert_eq!(water.read(), 299);
    let found = store.episodes().search(asked("the ledger")).await?;
    assert_eq!(found.notes, Vec::<String>::new());

    // A model that refuses everything is not the right one.
    let other = Home::new()?;
    let store = told(&other).await?;
    let water = Water::new("home/water");
    water.fail(Some(FailureKind::Refused));
    store.embed_with(water, WhenDown::Refuse)?;
    let failure = store.embed(1).await.err().ok_or("it was embedded")?;
    assert_eq!(failure.kind, FailureKind::Refused);
    assert_eq!(store.embedded().await?.map(|now| now.lacking), Some(4));
    Ok(())
}

/// A service that holds a set of vectors for each model.
#[derive(Clone, Default)]
struct Sets(Arc<Mutex<BTreeMap<String, Arc<MemoryVectors>>>>);

impl Sets {
    fn of(&self, model: &str) -> Arc<MemoryVectors> {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(MemoryVectors::new());
        Arc::clone(sets.entry(model.to_owned()).or_insert_with(new))
    }

    fn services(&self, when_down: WhenDown) -> Services {
        let sets = self.clone();
        Services {
            vectors: Some(Box::new(move |_, model| {
                Ok(sets.of(model) as Arc<dyn Vectors>)
            })),
            when_down,
            ..Services::default()
        }
    }
}

#[tokio::test]
async fn a_service_holds_the_vectors_of_the_model_and_is_told_them_as_they_are_made() -> Checked {
    let home = Home::new()?;
    let sets = Sets::default();
    let store = told(&home).await?;
    // First by the table in the program alone.
    store.attach(&sets.services(WhenDown::Refuse))?;
    store.episodes().search(asked("who likes to swim")).await?;
    let late = store.embed_with(Water::new("home/water"), WhenDown::Refuse);
    assert!(late.is_err(), "the service holds other vectors already");
    store.close().await?;

    let store = home.open()?;
    let water = Water::new("home/water");
    store.embed_with(water.clone(), WhenDown::Embedded)?;
    store.attach(&sets.services(WhenDown::Refuse))?;
    let set = sets.of("home/water");
    // What has no vector yet is not told.
    assert_eq!((store.sync_vectors(9).await?, set.count()?), (0, 0));
    let found = store.episodes().search(asked("who likes to swim")).await?;
    assert_eq!(meaning(&found), Some((TEXTS[0].to_owned(), 1.0)));
    assert!(
        found.by.ends_with("with vectors of home/water"),
        "{}",
        found.by
    );
    assert!(!found.by.contains("built-in"), "{}", found.by);
    assert_eq!((set.count()?, set.asked()), (4, 1));
    let (_, standing) = store.standing().await.ok_or("no service")?;
    assert_eq!(standing?.behind, 0);

    // While the model is away nobody asks the service, which knows nothing of the table's vectors.
    water.fail(Some(FailureKind::Unavailable));
    fill(&store, 0, 3).await?;
    let found = store.episodes().search(asked("the harbour")).await?;
    assert_eq!(found.by, "the built-in index");
    assert_eq!((set.count()?, set.asked()), (4, 1));
    water.fail(None);
    store.close().await?;

    // Back again, it catches up; what is forgotten is taken out there too.
    let store = home.open()?;
    store.embed_with(water, WhenDown::Refuse)?;
    store.attach(&sets.services(WhenDown::Refuse))?;
    assert_eq!(
        (store.embed(9).await?, store.sync_vectors(9).await?),
        (0, 0)
    );
    assert_eq!(set.count()?, 7);
    let found = store.episodes().search(asked("the harbour")).await?;
    let first = found.hits.first().ok_or("nothing")?.known.episode.id;
    let mark = Mark::Forget;
    store.episodes().mark(first, mark, "test", NOW).await?;
    assert_eq!(set.count()?, 6);
    // Rows that are folded anew have other numbers: the set is filled anew, and no text is read again.
    store.projections().rebuild().await?;
    store.embed(9).await?;
    store.episodes().search(asked("the invoice")).await?;
    assert_eq!(set.count()?, 6);
    let services = sets
        .services(WhenDown::Refuse)
        .vectors
        .ok_or("no service")?;
    let compared = store
        .compare_vectors(&services, Box::new(|_, _| {}))
        .await?;
    assert_eq!((compared.same, compared.wrong, compared.foreign), (6, 0, 0));
    store.close().await?;

    // Another model has a set of its own.
    let store = home.open()?;
    store.embed_with(Water::new("home/newer"), WhenDown::Refuse)?;
    store.attach(&sets.services(WhenDown::Refuse))?;
    store.episodes().search(asked("the invoice")).await?;
    assert_eq!(sets.of("home/newer").count()?, 6);
    Ok(())
}

#[tokio::test]
async fn an_encrypted_store_takes_no_model() -> Checked {
    let home = Home::new()?;
    let protection = crate::memory::sealed(&home, Mode::Payload)?;
    let store = Store::open_protected(&home.data(), &protection)?;
    let refused = store.embed_with(Water::new("home/water"), WhenDown::Embedded);
    let failure = refused.err().ok_or("it was taken")?;
    assert_eq!(failure.kind, FailureKind::Refused);
    Ok(())
}
