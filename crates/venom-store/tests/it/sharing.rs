//! Several at once: many tasks on one store, and two stores on one folder, as two processes.

use std::sync::Arc;

use venom_kernel::id::Seq;
use venom_kernel::time::Millis;
use venom_ports::lease::{Acquired, Fence};
use venom_ports::log::{AppendError, Batch};
use venom_store::Store;
use venom_testkit::conform::Checked;
use venom_testkit::conform::story::{at, batch, paused, pauses, resumed, run, started};

use crate::fixture::Home;

const TTL: Millis = Millis::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_batch_does_not_hurt_its_group() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let log = store.log();
    log.append(batch(run(0), 0, vec![started("taken")])).await?;
    // All are asked for at once, so that they are committed in groups.
    let asked = (1..=200_u64).map(|number| {
        let log = Arc::clone(&log);
        async move {
            match number % 4 {
                0 => log.append(batch(run(number), 0, vec![paused()])).await,
                1 => log.append(batch(run(0), 7, vec![paused()])).await,
                2 => {
                    log.append(batch(
                        run(number),
                        0,
                        vec![started("x"), paused(), paused()],
                    ))
                    .await
                }
                _ => {
                    log.append(batch(run(number), 0, vec![started("x"), paused()]))
                        .await
                }
            }
        }
    });
    let answers = futures::future::join_all(asked).await;
    for (number, answer) in (1_u64..).zip(answers) {
        match number % 4 {
            1 => assert!(
                matches!(answer, Err(AppendError::Moved { .. })),
                "{number}: {answer:?}"
            ),
            3 => assert_eq!(answer?.len(), 2, "{number}"),
            _ => assert!(
                matches!(answer, Err(AppendError::Illegal(_))),
                "{number}: {answer:?}"
            ),
        }
    }
    let verified = log.verify(None).await?;
    assert_eq!(
        (verified.events, verified.runs, verified.damage),
        (101, 51, None)
    );
    store.close().await?;
    Ok(())
}

async fn produce(store: Arc<Store>, number: u64, appends: u64) -> Checked {
    let log = store.log();
    log.append(batch(run(number), 0, vec![started("shared")]))
        .await?;
    for (seq, event) in (1..=appends).zip(pauses(usize::try_from(appends)?)) {
        log.append(batch(run(number), seq, vec![event])).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_write_different_runs() -> Checked {
    let home = Home::new()?;
    let (one, two) = (Arc::new(home.open()?), Arc::new(home.open()?));
    let work = (0..6).map(|number| {
        let store = if number % 2 == 0 { &one } else { &two };
        produce(Arc::clone(store), number, 40)
    });
    for done in futures::future::join_all(work).await {
        done?;
    }
    for store in [&one, &two] {
        let verified = store.log().verify(None).await?;
        assert_eq!(
            (verified.events, verified.runs, verified.damage),
            (6 * 41, 6, None)
        );
    }
    assert_eq!(
        one.projections().runs(10).await?,
        two.projections().runs(10).await?
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_fight_for_a_lease() -> Checked {
    let home = Home::new()?;
    let (one, two) = (home.open()?, home.open()?);
    let mut fences = vec![Fence(0)];
    for round in 0..40 {
        // Each lease has ended when the next round begins.
        let now = at(round * 100);
        let (first, second) = (one.leases(), two.leases());
        let (first, second) = futures::future::join(
            first.acquire(run(1), "one", now, TTL, &|_| false),
            second.acquire(run(1), "two", now, TTL, &|_| false),
        )
        .await;
        let (winner, loser) = match (first?, second?) {
            (Acquired::Yours(winner), Acquired::Held(loser))
            | (Acquired::Held(loser), Acquired::Yours(winner)) => (winner, loser),
            both => return Err(format!("not one winner: {both:?}").into()),
        };
        assert_eq!(winner, loser);
        assert!(fences.last().is_some_and(|last| winner.fence > *last));
        fences.push(winner.fence);
    }
    Ok(())
}

/// A process that gets a run back must not judge by what it remembers.
#[tokio::test]
async fn a_taken_over_run_is_folded_again() -> Checked {
    let home = Home::new()?;
    let (one, two) = (home.open()?, home.open()?);
    let by = |fence: u64, expected: u64, event| Batch {
        fence: Fence(fence),
        ..batch(run(1), expected, vec![event])
    };
    let lease = async |store: &Store, name: &str, seconds: i64| -> Checked<u64> {
        match store
            .leases()
            .acquire(run(1), name, at(seconds), TTL, &|_| false)
            .await?
        {
            Acquired::Yours(lease) => Ok(lease.fence.0),
            Acquired::Held(lease) => Err(format!("held: {lease:?}").into()),
        }
    };
    let first = lease(&one, "one", 0).await?;
    one.log().append(by(first, 0, started("mine"))).await?;
    let second = lease(&two, "two", 100).await?;
    two.log().append(by(second, 1, paused())).await?;
    // The first process does not know yet that it was replaced.
    let late = one.log().append(by(first, 1, paused())).await;
    assert!(matches!(late, Err(AppendError::Fenced)), "{late:?}");
    let third = lease(&one, "one", 200).await?;
    let again = one.log().append(by(third, 2, paused())).await;
    assert!(matches!(again, Err(AppendError::Illegal(_))), "{again:?}");
    one.log().append(by(third, 2, resumed())).await?;
    assert_eq!(two.log().read(run(1), Seq::ZERO, 10).await?.len(), 3);
    assert_eq!(two.log().verify(None).await?.damage, None);
    Ok(())
}

/// More runs than are remembered, so that states are forgotten and folded again.
#[tokio::test]
async fn forgotten_runs_go_on() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let log = store.log();
    for round in 0..3 {
        let appends = (0..150).map(|number| {
            let event = [started("many"), paused(), resumed()]
                .into_iter()
                .nth(round);
            log.append(batch(
                run(number),
                round as u64,
                event.into_iter().collect(),
            ))
        });
        for answer in futures::future::join_all(appends).await {
            answer?;
        }
    }
    let verified = log.verify(None).await?;
    assert_eq!(
        (verified.events, verified.runs, verified.damage),
        (450, 150, None)
    );
    Ok(())
}

#[tokio::test]
async fn a_dropped_store_loses_nothing() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let log = store.log();
    log.append(batch(run(1), 0, vec![started("dropped")]))
        .await?;
    drop(store);
    // Handles keep what they need.
    log.append(batch(run(1), 1, vec![paused()])).await?;
    drop(log);
    let again = home.open()?;
    assert_eq!(again.log().read(run(1), Seq::ZERO, 10).await?.len(), 2);
    assert_eq!(again.log().verify(None).await?.damage, None);
    Ok(())
}

#[tokio::test]
async fn a_closed_store_says_so() -> Checked {
    let home = Home::new()?;
    let store = home.open()?;
    let (log, inbox, projections) = (store.log(), store.inbox(), store.projections());
    store.close().await?;
    let kind = Some(venom_ports::FailureKind::Unavailable);
    assert_eq!(
        log.read(run(1), Seq::ZERO, 1).await.err().map(|f| f.kind),
        kind
    );
    assert_eq!(inbox.taken(run(1), 1).await.err().map(|f| f.kind), kind);
    assert_eq!(projections.runs(1).await.err().map(|f| f.kind), kind);
    Ok(())
}
