use std::sync::Mutex;

use async_trait::async_trait;
use venom_kernel::id::RunId;
use venom_kernel::memory::fact::{Observation, Origin, Stance};

use super::*;

/// A log in memory that refuses to be written to after so many events.
struct Log {
    noted: Mutex<Vec<Noted>>,
    most: usize,
}

#[async_trait]
impl MemoryLog for Log {
    async fn append(&self, time: Timestamp, events: Vec<Telling>) -> Result<Seq> {
        let mut noted = self.noted.lock().unwrap();
        for telling in events {
            if noted.len() == self.most {
                return Err(Failure::new(FailureKind::Unavailable, "the power is off"));
            }
            let seq = Seq::new(noted.len() as u64 + 1);
            noted.push(Noted {
                seq,
                time,
                event: telling.event,
                words: telling.words,
            });
        }
        Ok(Seq::new(noted.len() as u64))
    }

    async fn read(&self, after: Seq, limit: usize) -> Result<Vec<Noted>> {
        let noted = self.noted.lock().unwrap();
        let skipped = usize::try_from(after.number()).unwrap();
        Ok(noted.iter().skip(skipped).take(limit).cloned().collect())
    }

    async fn verify(&self) -> Result<u64> {
        Ok(self.noted.lock().unwrap().len() as u64)
    }
}

struct Runs(Vec<Saying>);

#[async_trait]
impl Sayings for Runs {
    async fn sayings(&self) -> Result<Vec<Saying>> {
        Ok(self.0.clone())
    }
}

struct Ticks(Mutex<i64>);

impl Clock for Ticks {
    fn now(&self) -> Timestamp {
        let mut now = self.0.lock().unwrap();
        *now += 1_000;
        Timestamp::from_micros(*now)
    }

    fn steady(&self) -> venom_kernel::time::Millis {
        venom_kernel::time::Millis::ZERO
    }
}

const BEGIN: i64 = 1_700_000_000_000_000;

fn observed(number: u64, text: &str) -> Saying {
    let time = Timestamp::from_micros(BEGIN + i64::try_from(number).unwrap());
    let reading = Reading {
        project: "shop",
        user: "ada",
        time,
    };
    Saying::Observed(Observation {
        origin: Origin::Event {
            run: RunId::new(number, 1),
            seq: Seq::new(1),
        },
        time,
        trust: Trust::User,
        speaker: "ada".to_owned(),
        source: None,
        claims: extract::claims(text, &reading),
    })
}

fn facts(log: Arc<Log>, sayings: Vec<Saying>) -> Facts {
    let clock = Arc::new(Ticks(Mutex::new(BEGIN + 1_000_000)));
    Facts::new(log, Arc::new(Runs(sayings)), clock, Rules::default())
}

fn log(most: usize) -> Arc<Log> {
    Arc::new(Log {
        noted: Mutex::default(),
        most,
    })
}

fn lesson(text: &str) -> Lesson<'_> {
    Lesson {
        text,
        source: Some("page.html".to_owned()),
        trust: Trust::User,
        project: "shop",
        by: "ada".to_owned(),
    }
}

#[tokio::test]
async fn unlearning_says_what_went_and_what_followed_from_it() {
    let told = vec![
        observed(1, "checkout is owned by team-red"),
        observed(2, "billing depends on checkout"),
    ];
    let facts = facts(log(100), told);
    let redactor = Redactor::default();
    let poison = "checkout is now owned by team-evil. checkout uses evil-lib.";
    let learned = facts.learn(lesson(poison), &redactor).await.unwrap();
    assert_eq!((learned.entry, learned.claims.len()), (Some(1), 2));
    let mut before = facts.reasoner().await.unwrap();
    assert!(before.holds(r#"needs("billing", "evil-lib")"#));
    let what = Target::Source("page.html".to_owned());
    let dry = facts.would_unlearn(&what).await.unwrap();
    let (entry, cascade) = facts.unlearn(&what, "ada").await.unwrap();
    assert_eq!((entry, &dry), (2, &cascade));
    let objects =
        |rows: &[fact::Row]| -> Vec<String> { rows.iter().map(|row| row.object.clone()).collect() };
    let mut gone = objects(&cascade.gone);
    gone.sort();
    assert_eq!(gone, ["evil-lib", "team-evil"]);
    assert_eq!(objects(&cascade.restored), ["team-red"]);
    assert!(cascade.is_complete);
    let followed = r#"needs("billing", "evil-lib")"#.to_owned();
    assert!(cascade.derived.contains(&followed), "{cascade:?}");
    assert!(
        !cascade.derived.iter().any(|fact| fact.contains("team-red")),
        "{cascade:?}"
    );
    let mut after = facts.reasoner().await.unwrap();
    assert!(!after.holds(&followed) && after.holds(r#"owned_by("checkout", "team-red")"#));
    let again = facts.unlearn(&what, "ada").await.unwrap_err();
    assert_eq!(again.kind, FailureKind::Missing);
}

#[tokio::test]
async fn what_says_nothing_leaves_no_trace_and_secrets_are_not_learned() {
    let log = log(100);
    let facts = facts(Arc::clone(&log), Vec::new());
    let redactor = Redactor::new(["hunter2hunter2".to_owned()]);
    for text in [
        "",
        "hello there",
        "checkout uses hunter2hunter2",
        "the api token is abc",
    ] {
        let learned = facts.learn(lesson(text), &redactor).await.unwrap();
        assert_eq!(learned.entry, None, "{text}");
    }
    assert_eq!(log.noted.lock().unwrap().len(), 0);
    let learned = facts.learn(lesson("checkout no longer uses redis"), &redactor);
    assert_eq!(learned.await.unwrap().claims[0].stance, Stance::Ended);
}

#[tokio::test]
async fn only_what_is_known_is_decided() {
    let facts = facts(log(100), vec![observed(1, "checkout uses redis")]);
    let unknown = fact::FactId::of("a", fact::Relation::Uses, "b");
    assert!(facts.decide(unknown, true, "ada").await.is_err());
    let id = fact::FactId::of("checkout", fact::Relation::Uses, "redis");
    facts.decide(id, false, "ada").await.unwrap();
    let known = facts.told().await.unwrap();
    assert_eq!(known.knowledge(None).current(known.now).count(), 0);
}

#[tokio::test]
async fn a_consolidation_that_is_cut_off_anywhere_comes_to_the_same() {
    let told: Vec<Saying> = (1..=600)
        .map(|n| observed(n, &format!("svc{n} uses lib{n}")))
        .collect();
    let whole = facts(log(100), told.clone());
    let mut seen = Vec::new();
    let done = whole
        .consolidate("ada", &mut |progress| seen.push(progress.looked))
        .await
        .unwrap();
    assert_eq!((done.done.looked, done.done.kept.len()), (600, 600));
    assert_eq!(seen, [0, 256, 512, 600]);
    let twice = whole.consolidate("ada", &mut |_| {}).await.unwrap();
    assert_eq!(twice, Consolidated::default());
    let expected = whole.told().await.unwrap().knowledge(None);
    assert!(expected.rows.iter().all(|row| row.is_kept));
    // The log has five entries: a beginning, three batches, an end.
    for most in 1..5 {
        let cut = log(most);
        let first = facts(Arc::clone(&cut), told.clone());
        first.consolidate("ada", &mut |_| {}).await.unwrap_err();
        let noted = cut.noted.lock().unwrap().clone();
        let rest = Arc::new(Log {
            noted: Mutex::new(noted),
            most: 100,
        });
        let second = facts(Arc::clone(&rest), told.clone());
        let resumed = second.consolidate("bob", &mut |_| {}).await.unwrap();
        assert!(resumed.is_resumed);
        assert_eq!(resumed.done, done.done, "cut after {most}");
        assert_eq!(rest.noted.lock().unwrap().len(), 5);
        assert_eq!(second.told().await.unwrap().knowledge(None), expected);
    }
}
