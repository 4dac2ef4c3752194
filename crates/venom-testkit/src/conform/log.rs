//! What every event log does.

use venom_kernel::digest::Digest;
use venom_kernel::event::{Envelope, Event, SCHEMA};
use venom_kernel::id::Seq;
use venom_kernel::run::Proposed;
use venom_kernel::time::Millis;
use venom_ports::lease::{Acquired, Fence, Lease, LeaseStore};
use venom_ports::log::{AppendError, Batch, LogStore};

use super::Checked;
use super::story::{at, batch, finished, paused, pauses, planned, resumed, run, started, whole};

/// Runs the whole suite against an empty log and the leases that it respects.
pub async fn suite(log: &dyn LogStore, leases: &dyn LeaseStore) -> Checked {
    nothing_is_there_at_first(log).await?;
    what_was_appended_is_read(log).await?;
    pages_fit_together(log).await?;
    a_batch_is_all_or_nothing(log).await?;
    an_empty_batch_changes_nothing(log).await?;
    positions_are_checked(log).await?;
    times_never_go_backwards(log).await?;
    causes_come_before(log).await?;
    illegal_events_are_refused(log).await?;
    a_refusal_leaves_the_run_usable(log).await?;
    old_fences_are_refused(log, leases).await?;
    heads_cover_their_events(log).await?;
    racing_writers_get_one_winner(log).await?;
    whole_logs_verify(log).await
}

async fn nothing_is_there_at_first(log: &dyn LogStore) -> Checked {
    assert_eq!(log.read(run(1), Seq::ZERO, 10).await?, vec![]);
    assert_eq!(log.head(run(1)).await?, None);
    let verified = log.verify(None).await?;
    assert_eq!(
        (verified.events, verified.runs, verified.damage),
        (0, 0, None)
    );
    Ok(())
}

async fn what_was_appended_is_read(log: &dyn LogStore) -> Checked {
    let events = whole("fix the auth module", 3)?;
    let id = run(2);
    let mut proposed: Vec<Proposed> = Vec::new();
    for (seq, event) in (0..).zip(&events) {
        let cause = (seq > 0).then(|| Seq::new(seq));
        proposed.push(Proposed {
            event: event.clone(),
            cause,
        });
    }
    let sent = Batch {
        events: proposed.clone(),
        ..batch(id, 0, vec![])
    };
    let answered = log.append(sent).await?;
    let expected: Vec<Envelope> = (1..)
        .zip(proposed)
        .map(|(seq, proposed)| Envelope {
            run: id,
            seq: Seq::new(seq),
            // The first has the batch's time, each further one is a microsecond later.
            time: venom_kernel::time::Timestamp::from_micros(
                at(0).micros() + i64::try_from(seq).unwrap_or(0) - 1,
            ),
            cause: proposed.cause,
            schema: SCHEMA,
            event: proposed.event,
        })
        .collect();
    assert_eq!(answered, expected);
    assert_eq!(log.read(id, Seq::ZERO, 1_000).await?, expected);
    Ok(())
}

async fn pages_fit_together(log: &dyn LogStore) -> Checked {
    let id = run(3);
    let mut events = vec![started("pages")];
    events.extend(pauses(9));
    let all = log.append(batch(id, 0, events)).await?;
    let mut read = Vec::new();
    loop {
        let after = read.last().map_or(Seq::ZERO, |last: &Envelope| last.seq);
        let page = log.read(id, after, 3).await?;
        assert!(page.len() <= 3);
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    assert_eq!(read, all);
    assert_eq!(log.read(id, Seq::new(10), 3).await?, vec![]);
    assert_eq!(log.read(id, Seq::new(u64::MAX), 3).await?, vec![]);
    assert_eq!(log.read(id, Seq::ZERO, 0).await?, vec![]);
    Ok(())
}

async fn a_batch_is_all_or_nothing(log: &dyn LogStore) -> Checked {
    let id = run(4);
    let refused = log
        .append(batch(id, 0, vec![started("once"), paused(), paused()]))
        .await;
    assert!(
        matches!(refused, Err(AppendError::Illegal(_))),
        "{refused:?}"
    );
    assert_eq!(log.head(id).await?, None);
    assert_eq!(log.read(id, Seq::ZERO, 10).await?, vec![]);
    Ok(())
}

async fn an_empty_batch_changes_nothing(log: &dyn LogStore) -> Checked {
    let id = run(5);
    assert_eq!(log.append(batch(id, 0, vec![])).await?, vec![]);
    assert_eq!(log.head(id).await?, None);
    Ok(())
}

async fn positions_are_checked(log: &dyn LogStore) -> Checked {
    let id = run(6);
    log.append(batch(id, 0, vec![started("positions"), paused()]))
        .await?;
    for wrong in [0, 1, 3, u64::MAX] {
        match log.append(batch(id, wrong, vec![resumed()])).await {
            Err(AppendError::Moved { expected, found }) => {
                assert_eq!((expected, found), (Seq::new(wrong), Seq::new(2)));
            }
            other => assert!(other.is_err(), "position {wrong} was accepted: {other:?}"),
        }
    }
    match log
        .append(batch(run(7), 1, vec![started("too late")]))
        .await
    {
        Err(AppendError::Moved { expected, found }) => {
            assert_eq!((expected, found), (Seq::new(1), Seq::ZERO));
        }
        other => assert!(other.is_err(), "a run began in its middle: {other:?}"),
    }
    log.append(batch(id, 2, vec![resumed()])).await?;
    Ok(())
}

async fn times_never_go_backwards(log: &dyn LogStore) -> Checked {
    let id = run(8);
    let first = Batch {
        time: at(100),
        ..batch(id, 0, vec![started("times")])
    };
    log.append(first).await?;
    // The clock was set back.
    let second = Batch {
        time: at(50),
        ..batch(id, 1, vec![paused(), resumed()])
    };
    log.append(second).await?;
    let third = Batch {
        time: at(200),
        ..batch(id, 3, vec![paused()])
    };
    log.append(third).await?;
    let times: Vec<i64> = log
        .read(id, Seq::ZERO, 10)
        .await?
        .iter()
        .map(|envelope| envelope.time.micros())
        .collect();
    let base = at(100).micros();
    assert_eq!(times, vec![base, base + 1, base + 2, at(200).micros()]);
    Ok(())
}

async fn causes_come_before(log: &dyn LogStore) -> Checked {
    let id = run(9);
    log.append(batch(id, 0, vec![started("causes")])).await?;
    for wrong in [0, 2, 3] {
        let proposed = Proposed {
            event: paused(),
            cause: Some(Seq::new(wrong)),
        };
        let refused = log
            .append(Batch {
                events: vec![proposed],
                ..batch(id, 1, vec![])
            })
            .await;
        assert!(
            matches!(refused, Err(AppendError::Illegal(_))),
            "{wrong}: {refused:?}"
        );
    }
    let proposed = Proposed {
        event: paused(),
        cause: Some(Seq::new(1)),
    };
    log.append(Batch {
        events: vec![proposed],
        ..batch(id, 1, vec![])
    })
    .await?;
    Ok(())
}

async fn illegal_events_are_refused(log: &dyn LogStore) -> Checked {
    let id = run(10);
    let refused = log.append(batch(id, 0, vec![paused()])).await;
    assert!(
        matches!(refused, Err(AppendError::Illegal(_))),
        "{refused:?}"
    );
    log.append(batch(id, 0, whole("legal", 1)?)).await?;
    let count = log.read(id, Seq::ZERO, 100).await?.len() as u64;
    for event in [paused(), finished(), started("again")] {
        match log.append(batch(id, count, vec![event])).await {
            Err(AppendError::Illegal(illegal)) => assert_eq!(illegal.seq, Seq::new(count + 1)),
            other => assert!(other.is_err(), "a finished run went on: {other:?}"),
        }
    }
    Ok(())
}

async fn a_refusal_leaves_the_run_usable(log: &dyn LogStore) -> Checked {
    let id = run(11);
    log.append(batch(id, 0, planned("refusals", 1)?)).await?;
    let refused = log.append(batch(id, 3, vec![paused(), paused()])).await;
    assert!(
        matches!(refused, Err(AppendError::Illegal(_))),
        "{refused:?}"
    );
    // The refused batch's first event was legal; it must not be remembered.
    log.append(batch(id, 3, vec![paused()])).await?;
    assert_eq!(log.read(id, Seq::ZERO, 100).await?.len(), 4);
    Ok(())
}

async fn old_fences_are_refused(log: &dyn LogStore, leases: &dyn LeaseStore) -> Checked {
    let id = run(12);
    let first = acquired(leases, id, "one", 0).await?;
    let mine = |fence: Fence, expected: u64, events: Vec<Event>| Batch {
        fence,
        ..batch(id, expected, events)
    };
    log.append(mine(first.fence, 0, vec![started("fences")]))
        .await?;
    // The first holder sleeps through the end of its lease.
    let second = acquired(leases, id, "two", 100).await?;
    assert!(second.fence > first.fence);
    let late = log.append(mine(first.fence, 1, vec![paused()])).await;
    assert!(matches!(late, Err(AppendError::Fenced)), "{late:?}");
    log.append(mine(second.fence, 1, vec![paused()])).await?;
    // Being fenced says more than having been overtaken.
    let late = log.append(mine(first.fence, 1, vec![paused()])).await;
    assert!(matches!(late, Err(AppendError::Fenced)), "{late:?}");
    // Giving the lease back does not let the first holder in again.
    leases.release(&second).await?;
    let late = log.append(mine(first.fence, 2, vec![resumed()])).await;
    assert!(matches!(late, Err(AppendError::Fenced)), "{late:?}");
    assert_eq!(log.read(id, Seq::ZERO, 10).await?.len(), 2);
    Ok(())
}

async fn acquired(
    leases: &dyn LeaseStore,
    id: venom_kernel::id::RunId,
    owner: &str,
    seconds: i64,
) -> Checked<Lease> {
    match leases
        .acquire(id, owner, at(seconds), Millis::from_secs(10), &|_| false)
        .await?
    {
        Acquired::Yours(lease) => Ok(lease),
        Acquired::Held(lease) => Err(format!("the lease is held by {}", lease.owner).into()),
    }
}

async fn heads_cover_their_events(log: &dyn LogStore) -> Checked {
    let id = run(13);
    let mut hashes = vec![Digest::ZERO];
    for (seq, event) in [started("heads"), paused(), resumed(), paused()]
        .into_iter()
        .enumerate()
    {
        log.append(batch(id, seq as u64, vec![event])).await?;
        let head = log.head(id).await?.ok_or("the run has no head")?;
        assert_eq!(head.seq, Seq::new(seq as u64 + 1));
        assert!(!hashes.contains(&head.hash), "two heads have one hash");
        assert_eq!(log.head(id).await?, Some(head));
        hashes.push(head.hash);
    }
    Ok(())
}

async fn racing_writers_get_one_winner(log: &dyn LogStore) -> Checked {
    let id = run(14);
    log.append(batch(id, 0, vec![started("races")])).await?;
    let race = (0..8).map(|_| log.append(batch(id, 1, vec![paused()])));
    let answers = futures::future::join_all(race).await;
    let winners = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(winners, 1);
    for answer in answers {
        if let Err(error) = answer {
            assert!(
                matches!(error, AppendError::Moved { found, .. } if found == Seq::new(2)),
                "{error:?}"
            );
        }
    }
    // Different runs do not hinder each other.
    let starts = (100..120).map(|n| log.append(batch(run(n), 0, vec![started("apart")])));
    for answer in futures::future::join_all(starts).await {
        answer?;
    }
    Ok(())
}

async fn whole_logs_verify(log: &dyn LogStore) -> Checked {
    let all = log.verify(None).await?;
    assert_eq!(all.damage, None);
    assert!(all.runs > 20 && all.events > all.runs, "{all:?}");
    let one = log.verify(Some(run(3))).await?;
    assert_eq!((one.events, one.runs, one.damage), (10, 1, None));
    let none = log.verify(Some(run(999))).await?;
    assert_eq!((none.events, none.runs, none.damage), (0, 0, None));
    Ok(())
}
