//! Appending: every check that a batch must pass, then its rows. All inside the writer's
//! transaction, so that what was checked is still true when the rows are written.

use rusqlite::params;
use venom_kernel::event::{Envelope, Event, SCHEMA};
use venom_kernel::id::{RunId, Seq};
use venom_kernel::run::{Illegal, Proposed};
use venom_kernel::time::Timestamp;
use venom_ports::log::{AppendError, Batch};
use venom_ports::{Failure, FailureKind, Result};

use super::Text;
use super::chain::{self, Header};
use super::ledger::Ledger;
use super::row::{Body, import_of, run_head};
use super::tip::Tip;
use crate::keys::{Fresh, Vault};
use crate::lease;
use crate::sqlite::failure::OrFail as _;
use crate::sqlite::{int, uid};

const DOING: &str = "writing the log";

/// The latest time that an event can have: the end of the year 9999 in microseconds. Behind it there
/// is room for more events than can ever be written, so that times can always go on.
const LATEST: i64 = 253_402_300_799_999_999;

/// Appends a batch whose events have the texts `bodies`; `fresh` is the key of a run that is new.
pub(super) fn append(
    ledger: &mut Ledger,
    vault: &Vault,
    batch: Batch,
    bodies: &[Text],
    fresh: Option<&Fresh>,
) -> Result<std::result::Result<Vec<Envelope>, AppendError>> {
    let Batch {
        run,
        expected,
        fence,
        time: given,
        events,
    } = batch;
    // The fence comes first: to a process that was replaced it says more than a moved position.
    let newest = lease::newest_fence(ledger.connection(), run)?;
    if newest.is_some_and(|newest| fence < newest) {
        return Ok(Err(AppendError::Fenced));
    }
    let head = run_head(ledger.connection(), run).or_fail(DOING)?;
    let found = Seq::new(head.map_or(0, |head| head.seq));
    if found != expected {
        return Ok(Err(AppendError::Moved { expected, found }));
    }
    if events.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    // The tip stays out of the cache until all is well. One that does not fit the head is from
    // before another process appended.
    let remembered = ledger.tips.take(run);
    let mut tip = match (head, remembered) {
        (None, _) => Tip::empty(),
        (Some(head), Some(tip)) if tip.fits(&head) => tip,
        (Some(head), _) => {
            // A tip that is remembered is of a run that was written here.
            if import_of(ledger.connection(), head.id)
                .or_fail(DOING)?
                .is_some()
            {
                return Err(imported(run));
            }
            Tip::fold(ledger.connection(), vault, run, &head)?
        }
    };

    let mut envelopes = Vec::with_capacity(events.len());
    for Proposed { event, cause } in events {
        if let Err(illegal) = judge(&mut tip, &event, cause) {
            return Ok(Err(illegal.into()));
        }
        // Never backwards, and never twice the same, so that times order a run's events.
        tip.time = given.micros().min(LATEST).max(tip.time.saturating_add(1));
        envelopes.push(Envelope {
            run,
            seq: tip.state.seq(),
            time: Timestamp::from_micros(tip.time),
            cause,
            schema: SCHEMA,
            event,
        });
    }

    let id = if let Some(head) = head {
        head.id
    } else {
        let id = create_run(ledger, run)?;
        if let Some(fresh) = fresh {
            Vault::keep(ledger.connection(), run, fresh)?;
        }
        id
    };
    for (envelope, body) in envelopes.iter().zip(bodies) {
        let header = Header {
            run,
            seq: envelope.seq.number(),
            time: envelope.time.micros(),
            cause: envelope.cause.map_or(0, Seq::number),
            schema: envelope.schema,
        };
        let stored = match body {
            Text::Plain(text) => Body::Plain(text),
            Text::Sealed(bytes) => Body::Sealed(bytes),
        };
        tip.hash = chain::link(&tip.hash, &header, stored.bytes());
        let global = ledger.count(&tip.hash)?;
        insert(ledger, global, id, envelope, stored, &tip)?;
        if matches!(envelope.event, Event::RunFinished { .. }) {
            ledger.run_ended();
        }
    }
    ledger
        .connection()
        .prepare_cached("UPDATE run SET rseq = ?2, hash = ?3 WHERE id = ?1")
        .and_then(|mut statement| {
            statement.execute(params![
                id,
                int(tip.state.seq().number()),
                tip.hash.as_bytes()
            ])
        })
        .or_fail(DOING)?;
    ledger.tips.put(run, tip);
    Ok(Ok(envelopes))
}

/// The refusal to go on with what was done elsewhere: its archive would no longer be what is here.
fn imported(run: RunId) -> Failure {
    let text = format!("{run} was imported, so that it cannot be gone on with");
    Failure::new(FailureKind::Refused, text).with_hint(format!(
        "go on from it in a new run: `venom fork {run}@SEQ`"
    ))
}

/// Applies an event to a state if it may follow.
fn judge(tip: &mut Tip, event: &Event, cause: Option<Seq>) -> std::result::Result<(), Illegal> {
    let seq = tip.state.seq().next();
    if let Some(cause) = cause
        && (cause == Seq::ZERO || cause >= seq)
    {
        let why = format!("its cause, event {cause}, does not come before it");
        return Err(Illegal {
            seq,
            event: event.name(),
            why,
        });
    }
    tip.state.evolve(event)
}

fn create_run(ledger: &Ledger, run: RunId) -> Result<i64> {
    let connection = ledger.connection();
    connection
        .prepare_cached("INSERT INTO run(uid, rseq, hash) VALUES(?1, 0, zeroblob(32))")
        .and_then(|mut statement| statement.execute([uid(run)]))
        .or_fail(DOING)?;
    Ok(connection.last_insert_rowid())
}

fn insert(
    ledger: &Ledger,
    global: u64,
    id: i64,
    envelope: &Envelope,
    body: Body<'_>,
    tip: &Tip,
) -> Result<()> {
    const INSERT: &str = "INSERT INTO ev(seq, run, rseq, ts, cause, schema, body, hash, sealed)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let (text, sealed) = match body {
        Body::Plain(text) => (text, None),
        Body::Sealed(bytes) => ("", Some(bytes)),
    };
    ledger
        .connection()
        .prepare_cached(INSERT)
        .and_then(|mut statement| {
            statement.execute(params![
                int(global),
                id,
                int(envelope.seq.number()),
                envelope.time.micros(),
                envelope.cause.map(|cause| int(cause.number())),
                envelope.schema,
                text,
                tip.hash.as_bytes(),
                sealed,
            ])
        })
        .map(drop)
        .or_fail(DOING)
}
