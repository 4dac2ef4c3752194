//! What every lease store does.

use venom_kernel::id::RunId;
use venom_kernel::time::Millis;
use venom_ports::FailureKind;
use venom_ports::lease::{Acquired, Lease, LeaseStore};

use super::Checked;
use super::story::{at, run};

const TTL: Millis = Millis::from_secs(10);

/// Runs the whole suite against an empty store.
pub async fn suite(leases: &dyn LeaseStore) -> Checked {
    a_free_run_is_given(leases).await?;
    a_held_run_is_not(leases).await?;
    an_ended_lease_is_taken_over(leases).await?;
    the_dead_are_not_waited_for(leases).await?;
    renewing_prolongs(leases).await?;
    what_was_lost_cannot_be_renewed(leases).await?;
    giving_back_frees(leases).await?;
    racing_askers_get_one_winner(leases).await
}

async fn ask(leases: &dyn LeaseStore, id: RunId, owner: &str, seconds: i64) -> Checked<Acquired> {
    Ok(leases
        .acquire(id, owner, at(seconds), TTL, &|_| false)
        .await?)
}

async fn get(leases: &dyn LeaseStore, id: RunId, owner: &str, seconds: i64) -> Checked<Lease> {
    match ask(leases, id, owner, seconds).await? {
        Acquired::Yours(lease) => Ok(lease),
        Acquired::Held(lease) => Err(format!("held by {}", lease.owner).into()),
    }
}

async fn a_free_run_is_given(leases: &dyn LeaseStore) -> Checked {
    assert_eq!(leases.holder(run(1), at(0)).await?, None);
    let lease = get(leases, run(1), "one", 0).await?;
    assert!(
        lease.fence.0 > 0,
        "fence 0 belongs to runs that were never leased"
    );
    assert_eq!(
        (lease.run, lease.owner.as_str(), lease.until),
        (run(1), "one", at(10))
    );
    assert_eq!(leases.holder(run(1), at(9)).await?, Some(lease));
    assert_eq!(leases.holder(run(1), at(10)).await?, None);
    Ok(())
}

async fn a_held_run_is_not(leases: &dyn LeaseStore) -> Checked {
    let lease = get(leases, run(2), "one", 0).await?;
    assert_eq!(
        ask(leases, run(2), "two", 9).await?,
        Acquired::Held(lease.clone())
    );
    // The same name is no excuse: two tasks of one process must not both drive a run.
    assert_eq!(ask(leases, run(2), "one", 9).await?, Acquired::Held(lease));
    get(leases, run(3), "two", 0).await?;
    Ok(())
}

async fn an_ended_lease_is_taken_over(leases: &dyn LeaseStore) -> Checked {
    let first = get(leases, run(4), "one", 0).await?;
    let second = get(leases, run(4), "two", 10).await?;
    assert!(second.fence > first.fence);
    assert_eq!(leases.holder(run(4), at(11)).await?, Some(second));
    Ok(())
}

async fn the_dead_are_not_waited_for(leases: &dyn LeaseStore) -> Checked {
    let first = get(leases, run(5), "one", 0).await?;
    let spared = leases
        .acquire(run(5), "two", at(1), TTL, &|name| name == "three")
        .await?;
    assert_eq!(spared, Acquired::Held(first.clone()));
    match leases
        .acquire(run(5), "two", at(1), TTL, &|name| name == "one")
        .await?
    {
        Acquired::Yours(second) => assert!(second.fence > first.fence),
        Acquired::Held(lease) => return Err(format!("a dead holder counts: {lease:?}").into()),
    }
    Ok(())
}

async fn renewing_prolongs(leases: &dyn LeaseStore) -> Checked {
    let lease = get(leases, run(6), "one", 0).await?;
    let renewed = leases.renew(&lease, at(5), TTL).await?;
    assert_eq!(
        renewed,
        Lease {
            until: at(15),
            ..lease
        }
    );
    assert_eq!(
        ask(leases, run(6), "two", 14).await?,
        Acquired::Held(renewed.clone())
    );
    // Late, but nobody took it meanwhile.
    assert_eq!(leases.renew(&renewed, at(20), TTL).await?.until, at(30));
    Ok(())
}

async fn what_was_lost_cannot_be_renewed(leases: &dyn LeaseStore) -> Checked {
    let first = get(leases, run(7), "one", 0).await?;
    let second = get(leases, run(7), "two", 10).await?;
    let refused = leases
        .renew(&first, at(11), TTL)
        .await
        .map_err(|failure| failure.kind);
    assert_eq!(refused, Err(FailureKind::Conflict));
    leases.release(&second).await?;
    let refused = leases
        .renew(&second, at(11), TTL)
        .await
        .map_err(|failure| failure.kind);
    assert_eq!(refused, Err(FailureKind::Conflict));
    // The same owner under a newer fence is somebody else.
    let third = get(leases, run(7), "one", 12).await?;
    let refused = leases
        .renew(&first, at(13), TTL)
        .await
        .map_err(|failure| failure.kind);
    assert_eq!(refused, Err(FailureKind::Conflict));
    leases.renew(&third, at(13), TTL).await?;
    Ok(())
}

async fn giving_back_frees(leases: &dyn LeaseStore) -> Checked {
    let first = get(leases, run(8), "one", 0).await?;
    leases.release(&first).await?;
    assert_eq!(leases.holder(run(8), at(1)).await?, None);
    let second = get(leases, run(8), "two", 1).await?;
    assert!(second.fence > first.fence);
    // Giving back what is not one's own any more does nothing.
    leases.release(&first).await?;
    assert_eq!(leases.holder(run(8), at(2)).await?, Some(second));
    Ok(())
}

async fn racing_askers_get_one_winner(leases: &dyn LeaseStore) -> Checked {
    let names: Vec<String> = (0..8).map(|n| format!("asker {n}")).collect();
    let race = names.iter().map(|name| ask(leases, run(9), name, 0));
    let mut winners = Vec::new();
    for answer in futures::future::join_all(race).await {
        if let Acquired::Yours(lease) = answer? {
            winners.push(lease);
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(leases.holder(run(9), at(1)).await?, winners.pop());
    Ok(())
}
