//! What the actions of sessions ask for and give.

use std::collections::BTreeMap;

use venom_kernel::effect::EffectClass;
use venom_kernel::skill::ActionManifest;
use venom_kernel::time::Millis;
use venom_ports::session::Signal;

use super::super::{given, ran};
use super::{LONGEST_GRACE, LONGEST_LIFE, LONGEST_WAIT};
use crate::schema::{self, Object};

/// Describes the actions.
pub(in super::super) fn actions() -> BTreeMap<String, ActionManifest> {
    let stays = EffectClass::Reversible;
    let looks = EffectClass::Idempotent;
    let secs = |secs| Millis::from_secs(secs);
    let actions = [
        (
            "start",
            schema::action(
                "Starts a command that stays until it is stopped or the run ends.",
                stays,
                given::words(schema::object())
                    .may("label", schema::text("What it is, for people."))
                    .may(
                        "terminal",
                        schema::flag("Whether it gets a terminal, as prompts need one."),
                    )
                    .may("rows", schema::between(1, 1_000, "Lines of the terminal; 24 if not given."))
                    .may(
                        "columns",
                        schema::between(1, 1_000, "Characters of its lines; 80 if not given."),
                    )
                    .may(
                        "timeout",
                        schema::between(
                            1,
                            LONGEST_LIFE,
                            "The longest life in seconds; 14400 if not given.",
                        ),
                    ),
                named(schema::object())
                    .must("label", schema::text("What it is."))
                    .text(),
            ),
        ),
        (
            "read",
            ActionManifest {
                timeout: secs(LONGEST_WAIT + 10),
                typical: secs(1),
                ..schema::action(
                    "Reads what a session printed, from a position on.",
                    looks,
                    named(schema::object())
                        .may(
                            "from",
                            schema::number("Where to begin: the `next` of the read before, or 0."),
                        )
                        .may(
                            "wait",
                            schema::between(
                                0,
                                LONGEST_WAIT,
                                "How many seconds to wait for something to come; 5 if not given.",
                            ),
                        )
                        .may(
                            "until",
                            schema::text(
                                "A text to wait for; what is read ends with it, and it is a failure if it does not come.",
                            ),
                        ),
                    stated(named(schema::object()))
                        .must("output", schema::text("What it printed, as plain text."))
                        .must("from", schema::number("Where that begins."))
                        .must("next", schema::number("Where to read on."))
                        .must("dropped", schema::number("Bytes before it that were not kept."))
                        .text(),
                )
            },
        ),
        (
            "write",
            schema::action(
                "Writes to the input of a session.",
                stays,
                named(schema::object())
                    .may("input", schema::text("What to write; a line needs its line end."))
                    .may("close", schema::flag("Whether the input ends after it.")),
                named(schema::object())
                    .must("written", schema::number("Bytes that were written."))
                    .text(),
            ),
        ),
        (
            "resize",
            schema::action(
                "Changes the size of a session's terminal.",
                stays,
                named(schema::object())
                    .must("rows", schema::between(1, 1_000, "Lines."))
                    .must("columns", schema::between(1, 1_000, "Characters in a line.")),
                named(schema::object()).text(),
            ),
        ),
        (
            "signal",
            schema::action(
                "Sends a signal to a session.",
                stays,
                named(schema::object()).must(
                    "signal",
                    schema::choice(&Signal::ALL.map(Signal::name), "The signal."),
                ),
                named(schema::object()).text(),
            ),
        ),
        (
            "exec",
            ActionManifest {
                timeout: secs(given::LONGEST + 10),
                typical: secs(1),
                ..schema::action(
                    "Runs a command beside a session: it sees the same files and the same network.",
                    stays,
                    given::params(named(schema::object())),
                    ran::result(),
                )
            },
        ),
        (
            "stop",
            ActionManifest {
                timeout: secs(LONGEST_GRACE + 60),
                typical: secs(1),
                ..schema::action(
                    "Ends a session with everything that it started, and keeps its output.",
                    stays,
                    named(schema::object()).may(
                        "grace",
                        schema::between(
                            0,
                            LONGEST_GRACE,
                            "How many seconds it may take to end when it is asked to; 5 if not given.",
                        ),
                    ),
                    stated(named(schema::object()))
                        .must("printed", schema::number("Bytes that it printed in all."))
                        .must("dropped", schema::number("Bytes of them that were not kept."))
                        .must(
                            "blobs",
                            schema::texts("What was kept, as contents of the store, in order."),
                        )
                        .text(),
                )
            },
        ),
        (
            "list",
            schema::action(
                "Lists the sessions of the run.",
                looks,
                schema::object(),
                schema::object()
                    .must(
                        "sessions",
                        schema::list(
                            stated(named(schema::object()))
                                .must("label", schema::text("What it is."))
                                .must("printed", schema::number("Bytes that it printed so far."))
                                .done(),
                            "The sessions in the order in which they were started.",
                        ),
                    )
                    .text(),
            ),
        ),
    ];
    actions
        .into_iter()
        .map(|(name, action)| (name.to_owned(), action))
        .collect()
}

fn named(object: Object) -> Object {
    object.must("session", schema::text("The session, as `start` names it."))
}

fn stated(object: Object) -> Object {
    object
        .must("running", schema::flag("Whether it runs."))
        .must(
            "exit_code",
            schema::or_null(schema::integer("Its exit code, if it ended by itself.")),
        )
        .must(
            "signal",
            schema::or_null(schema::integer("The signal that ended it.")),
        )
}
