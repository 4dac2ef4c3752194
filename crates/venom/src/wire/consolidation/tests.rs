use std::sync::Arc;

use serde_json::json;
use venom_engine::memory::facts::Lesson;
use venom_engine::memory::reason::Rules;
use venom_exec::os::SystemClock;
use venom_kernel::memory::Trust;
use venom_kernel::memory::fact::Entry;
use venom_kernel::redact::Redactor;
use venom_ports::clock::Clock as _;
use venom_store::Store;

use super::*;

type Checked<T = ()> = Result<T, Box<dyn std::error::Error>>;

const HOUR: i64 = 3_600_000_000;
const LONG: Duration = Duration::from_mins(1);

fn memory(value: serde_json::Value) -> Memory {
    serde_json::from_value(value).unwrap()
}

fn later(hours: i64) -> Timestamp {
    Timestamp::from_micros(SystemClock::new().now().micros() + hours * HOUR)
}

async fn starts(facts: &Facts) -> Checked<usize> {
    let told = facts.told().await?;
    let is_start = |entry: &&venom_kernel::memory::fact::Recorded| matches!(&entry.entry, Entry::ConsolidationStarted { by } if by == BY);
    Ok(told.entries().iter().filter(is_start).count())
}

#[tokio::test]
async fn it_is_done_once_when_it_is_due_and_missed_times_are_caught_up_once() -> Checked {
    let home = tempfile::tempdir()?;
    let data = home.path().join("data");
    let store = Store::open(&data)?;
    let facts = Facts::new(
        store.memory_log(),
        store.sayings(),
        Arc::new(SystemClock::new()),
        Rules::default(),
    );
    let learn = async |text: &str| {
        let lesson = Lesson {
            text,
            source: None,
            trust: Trust::User,
            project: "shop",
            by: "ada".to_owned(),
        };
        facts.learn(lesson, &Redactor::default()).await
    };
    learn("auth is owned by team-blue. checkout depends on auth.").await?;
    let nightly = Consolidation::new(&memory(json!({})), &data, TimeZone::UTC);
    let off = memory(json!({ "consolidate": "off" }));
    let off = Consolidation::new(&off, &data, TimeZone::UTC);

    // It was never due: it is counted from now, and nothing is done.
    assert_eq!(
        nightly.times(),
        Times {
            last: None,
            next: None
        }
    );
    assert_eq!(nightly.run_if_due(&facts, later(0), LONG).await?, None);
    let times = nightly.times();
    let (Some(last), Some(next)) = (times.last, times.next) else {
        return Err(format!("{times:?}").into());
    };
    assert!(
        last < next && next.micros() - last.micros() <= 24 * HOUR,
        "{times:?}"
    );
    assert_eq!(nightly.run_if_due(&facts, last, LONG).await?, None);

    // Three nights later it is done, once; without a schedule it is not.
    assert_eq!(off.run_if_due(&facts, later(72), LONG).await?, None);
    assert_eq!(off.times().next, None);
    let done = nightly.run_if_due(&facts, later(72), LONG).await?;
    let done = done.ok_or("it was not done")?;
    assert_eq!((done.done.looked, done.done.kept.len()), (2, 2), "{done:?}");
    assert_eq!(nightly.run_if_due(&facts, later(72), LONG).await?, None);
    assert_eq!(starts(&facts).await?, 1);
    assert!(nightly.times().next > Some(later(71)));

    // Another process is at it.
    let held = File::options()
        .write(true)
        .open(data.join("consolidated"))?;
    held.lock()?;
    assert_eq!(nightly.run_if_due(&facts, later(200), LONG).await?, None);
    assert_eq!(
        nightly.times().last.map(|last| last < later(73)),
        Some(true)
    );
    drop(held);

    // A clock that was put back by years is not waited for; a file that was cut off is written anew.
    for damage in [format!("{}\n", later(90_000).micros()), "17".to_owned()] {
        std::fs::write(data.join("consolidated"), damage)?;
        assert_eq!(nightly.run_if_due(&facts, later(0), LONG).await?, None);
        assert!(nightly.times().last <= Some(later(0)));
    }
    Ok(())
}

#[tokio::test]
async fn what_was_cut_off_goes_on_the_next_time() -> Checked {
    let home = tempfile::tempdir()?;
    let data = home.path().join("data");
    let store = Store::open(&data)?;
    let facts = Facts::new(
        store.memory_log(),
        store.sayings(),
        Arc::new(SystemClock::new()),
        Rules::default(),
    );
    let nightly = Consolidation::new(&memory(json!({})), &data, TimeZone::UTC);
    nightly.done(later(0))?;
    let before = nightly.times();
    assert_eq!(
        nightly
            .run_if_due(&facts, later(72), Duration::ZERO)
            .await?,
        None
    );
    assert_eq!(nightly.times(), before, "it is due still");
    assert!(nightly.run_if_due(&facts, later(72), LONG).await?.is_some());
    Ok(())
}
