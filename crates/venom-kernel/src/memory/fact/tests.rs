use super::*;
use crate::memory::extract::{Reading, claims};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

fn day(number: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + number * DAY)
}

fn run(number: u64) -> RunId {
    RunId::new(number, u128::from(number))
}

fn read(text: &str, time: Timestamp) -> Vec<Claim> {
    let reading = Reading {
        project: "shop",
        user: "ada",
        time,
    };
    let found = claims(text, &reading);
    assert!(!found.is_empty(), "{text} says nothing");
    found
}

/// An observation of event 1 of a run.
fn said(number: u64, at: i64, trust: Trust, text: &str) -> Saying {
    Saying::Observed(Observation {
        origin: Origin::Event {
            run: run(number),
            seq: Seq::new(1),
        },
        time: day(at),
        trust,
        speaker: "somebody".to_owned(),
        source: None,
        claims: read(text, day(at)),
    })
}

fn user(number: u64, at: i64, text: &str) -> Saying {
    said(number, at, Trust::User, text)
}

fn noted(number: u64, at: i64, entry: Entry) -> Recorded {
    Recorded {
        number,
        time: day(at),
        entry,
    }
}

fn given(number: u64, at: i64, source: &str, trust: Trust, text: &str) -> Recorded {
    let entry = Entry::Given {
        source: Some(source.to_owned()),
        trust,
        by: "ada".to_owned(),
        claims: read(text, day(at)),
    };
    noted(number, at, entry)
}

fn unlearned(number: u64, at: i64, what: Target) -> Recorded {
    let by = "ada".to_owned();
    noted(number, at, Entry::Unlearned { what, by })
}

fn now_of(known: &Knowledge, at: i64) -> Vec<String> {
    known
        .current(day(at))
        .map(|row| format!("{} {} {}", row.subject, row.relation, row.object))
        .collect()
}

fn id(subject: &str, relation: Relation, object: &str) -> FactId {
    FactId::of(subject, relation, object)
}

#[test]
fn a_change_closes_what_was_before_and_is_no_contradiction() {
    let told = [
        user(1, 1, "checkout is owned by team-red"),
        user(2, 5, "checkout is now owned by team-blue"),
    ];
    let known = knowledge(&told, &[], None);
    assert_eq!(now_of(&known, 9), ["checkout owned_by team-blue"]);
    assert_eq!(known.contradictions, []);
    let red = id("checkout", Relation::OwnedBy, "team-red");
    let blue = id("checkout", Relation::OwnedBy, "team-blue");
    let rows: Vec<_> = known.rows.iter().filter(|row| row.id == red).collect();
    // The row as it was believed, and the row with its end.
    assert_eq!(rows[0].superseded, Some((day(5), Superseded::By(blue))));
    assert_eq!((rows[1].from, rows[1].to), (day(1), Some(day(5))));
    assert_eq!(rows[1].recorded, day(5));
    assert_eq!(rows[1].superseded, None);
    // What was known on the second day.
    let then = knowledge(&told, &[], Some(day(2)));
    assert_eq!(now_of(&then, 2), ["checkout owned_by team-red"]);
    // What held on the second day, as it is known today.
    assert_eq!(now_of(&known, 2), ["checkout owned_by team-red"]);
}

#[test]
fn two_words_without_a_change_are_a_contradiction_until_somebody_settles_it() {
    let told = [
        user(1, 1, "checkout is owned by team-red"),
        user(2, 5, "checkout is owned by team-blue"),
    ];
    let known = knowledge(&told, &[], None);
    assert_eq!(now_of(&known, 9), ["checkout owned_by team-blue"]);
    let [found] = known.contradictions.as_slice() else {
        panic!("{known:?}");
    };
    assert_eq!(found.older_object, "team-red");
    assert_eq!(found.believed, found.newer);
    let by = || "ada".to_owned();
    let fact = found.older;
    let accepted = knowledge(
        &told,
        &[noted(1, 6, Entry::Accepted { fact, by: by() })],
        None,
    );
    assert_eq!(now_of(&accepted, 9), ["checkout owned_by team-red"]);
    assert_eq!(accepted.contradictions, []);
    let fact = found.newer;
    let rejected = knowledge(
        &told,
        &[noted(1, 6, Entry::Rejected { fact, by: by() })],
        None,
    );
    assert_eq!(now_of(&rejected, 9), ["checkout owned_by team-red"]);
    assert_eq!(rejected.contradictions, []);
}

#[test]
fn a_later_version_is_a_change_and_an_earlier_one_is_not() {
    let up = [
        user(1, 1, "serde was bumped to 1.0.9"),
        user(2, 2, "The version of serde is 1.0.10"),
    ];
    assert_eq!(knowledge(&up, &[], None).contradictions, []);
    let down = [
        user(1, 1, "The version of serde is 1.0.10"),
        user(2, 2, "The version of serde is 1.0.9"),
    ];
    assert_eq!(knowledge(&down, &[], None).contradictions.len(), 1);
}

#[test]
fn a_report_about_the_past_does_not_replace_the_present() {
    let told = [
        user(1, 5, "checkout is owned by team-red since 2024-05-01"),
        user(2, 6, "checkout is owned by team-blue since 2023-01-01"),
    ];
    let known = knowledge(&told, &[], None);
    let may = Timestamp::from_micros(1_714_521_600_000_000);
    let current: Vec<_> = known.current(may).map(|row| row.object.as_str()).collect();
    assert_eq!(current, ["team-red"]);
    let blue = known
        .rows
        .iter()
        .find(|row| row.object == "team-blue")
        .unwrap();
    assert_eq!(blue.to, Some(may));
}

#[test]
fn the_same_word_again_makes_it_surer_and_adds_no_row() {
    let told = [
        user(1, 1, "checkout uses redis"),
        user(2, 2, "The checkout uses Redis."),
    ];
    let known = knowledge(&told, &[], None);
    assert_eq!(known.rows.len(), 1);
    assert_eq!(known.rows[0].support.len(), 2);
    assert!(known.rows[0].confidence > confidence(Trust::User));
}

#[test]
fn what_ended_is_closed_and_what_is_preferred_is_not_avoided() {
    let told = [
        user(1, 1, "checkout uses redis"),
        user(2, 3, "checkout no longer uses redis"),
        user(3, 4, "Always use pnpm"),
        user(4, 6, "Never use pnpm"),
    ];
    let known = knowledge(&told, &[], None);
    assert_eq!(now_of(&known, 9), ["shop avoids pnpm"]);
    assert_eq!(now_of(&known, 2), ["checkout uses redis"]);
}

#[test]
fn what_nobody_vouches_for_waits_and_is_believed_only_when_accepted() {
    let told = [said(1, 1, Trust::Untrusted, "checkout uses evil-lib")];
    let evil = id("checkout", Relation::Uses, "evil-lib");
    let known = knowledge(&told, &[], None);
    assert_eq!(now_of(&known, 9), Vec::<String>::new());
    assert_eq!(known.proposals[0].id, evil);
    let by = || "ada".to_owned();
    let yes = noted(
        1,
        2,
        Entry::Accepted {
            fact: evil,
            by: by(),
        },
    );
    let accepted = knowledge(&told, &[yes], None);
    assert_eq!(now_of(&accepted, 9), ["checkout uses evil-lib"]);
    assert_eq!(accepted.rows[0].trust, Trust::Untrusted);
    let no = noted(
        1,
        2,
        Entry::Rejected {
            fact: evil,
            by: by(),
        },
    );
    let again = [
        told[0].clone(),
        said(2, 3, Trust::Untrusted, "checkout uses evil-lib"),
    ];
    let rejected = knowledge(&again, &[no], None);
    assert_eq!((rejected.rows.len(), rejected.proposals.len()), (0, 0));
}

#[test]
fn a_model_does_not_overrule_the_user() {
    let told = [
        user(1, 1, "checkout is owned by team-red"),
        said(2, 2, Trust::Model, "checkout is now owned by team-evil"),
    ];
    let known = knowledge(&told, &[], None);
    assert_eq!(now_of(&known, 9), ["checkout owned_by team-red"]);
    assert_eq!(known.proposals.len(), 1);
    // What VENOM measured does not overrule the user either, and is shown.
    let told = [
        user(1, 1, "The version of django is 5.0"),
        said(2, 2, Trust::Venom, "The version of django is 4.2"),
    ];
    let known = knowledge(&told, &[], None);
    assert_eq!(now_of(&known, 9), ["django version 5.0"]);
    assert_eq!(known.contradictions.len(), 1);
    assert_eq!(
        known.contradictions[0].believed,
        known.contradictions[0].older
    );
    assert_eq!(
        known.proposals[0].against,
        Some(known.contradictions[0].older)
    );
}

#[test]
fn unlearning_takes_out_all_that_was_said_there_and_brings_back_what_it_had_replaced() {
    let told = [
        user(1, 1, "checkout is owned by team-red"),
        user(2, 5, "checkout is now owned by team-evil and uses evil-lib"),
    ];
    let run_two = unlearned(1, 6, Target::Run(run(2)));
    let known = knowledge(&told, &[run_two], None);
    assert_eq!(now_of(&known, 9), ["checkout owned_by team-red"]);
    // It is not recalled as it was known then either.
    let then = knowledge(&told, &[unlearned(1, 6, Target::Run(run(2)))], Some(day(5)));
    assert_eq!(now_of(&then, 5), ["checkout owned_by team-red"]);

    let page = given(1, 1, "page.html", Trust::User, "billing uses kafka");
    let gone = unlearned(2, 2, Target::Source("page.html".to_owned()));
    let again = given(3, 3, "page.html", Trust::User, "billing uses nats");
    let known = knowledge(&[], &[page, gone, again], None);
    assert_eq!(now_of(&known, 9), ["billing uses nats"]);
    let one = given(1, 1, "page.html", Trust::User, "billing uses kafka");
    let known = knowledge(
        &[],
        &[one, unlearned(2, 2, Target::Origin(Origin::Entry(1)))],
        None,
    );
    assert_eq!(known.rows, []);
}

#[test]
fn what_a_run_took_back_or_took_over_was_not_said_there() {
    let later = |number: u64, seq: u64, text: &str| {
        let mut saying = user(number, 2, text);
        if let Saying::Observed(observation) = &mut saying {
            observation.origin = Origin::Event {
                run: run(number),
                seq: Seq::new(seq),
            };
        }
        saying
    };
    let back = Saying::TakenBack {
        run: run(1),
        to: Seq::new(3),
        time: day(3),
    };
    let told = [
        later(1, 2, "checkout uses redis"),
        later(1, 7, "checkout uses kafka"),
        back,
    ];
    assert_eq!(
        now_of(&knowledge(&told, &[], None), 9),
        ["checkout uses redis"]
    );
    let over = Saying::TakenOver {
        run: run(1),
        time: day(3),
    };
    let told = [later(1, 2, "checkout uses redis"), over];
    assert_eq!(knowledge(&told, &[], None).rows, []);
}

#[test]
fn an_alias_counts_for_what_was_said_before_it() {
    let told = [
        user(1, 1, "pg is owned by team-red"),
        user(2, 2, "checkout uses postgres"),
        user(3, 3, "pg is short for postgres"),
    ];
    let known = knowledge(&told, &[], None);
    assert_eq!(
        now_of(&known, 9),
        [
            "postgres owned_by team-red",
            "checkout uses postgres",
            "pg alias postgres"
        ]
    );
    assert_eq!(known.resolved("pg"), "postgres");
    // A circle ends.
    let told = [
        user(1, 1, "pg is short for postgres"),
        user(2, 2, "postgres is short for pg"),
        user(3, 3, "checkout uses pg"),
    ];
    assert_eq!(knowledge(&told, &[], None).rows.len(), 3);
}

#[test]
fn the_fold_is_the_same_whatever_order_equal_things_come_in() {
    let one = user(1, 1, "checkout uses redis");
    let two = user(2, 2, "billing uses kafka");
    let forward = knowledge(&[one.clone(), two.clone()], &[], None);
    let backward = knowledge(&[two, one], &[], None);
    assert_eq!(forward, backward);
}

#[test]
fn weights_of_importance_are_whole() {
    use super::importance::{FREQUENCY, MARKS, OUTCOME, RECENCY, SURPRISE};
    assert_eq!(RECENCY + FREQUENCY + SURPRISE + OUTCOME + MARKS, 1_000);
    let known = knowledge(&[user(1, 1, "checkout uses redis")], &[], None);
    let row = &known.rows[0];
    let score = |at| importance(&row.support, Signs::default(), &known, day(at));
    assert!(score(1) >= KEEP, "{}", score(1));
    assert!(score(1) > score(40) && score(40) > score(400));
    assert!(score(4_000) < KEEP);
}

#[test]
fn consolidation_keeps_the_users_words_and_lets_go_of_stale_proposals() {
    let told = [
        user(1, 1, "checkout uses redis"),
        said(2, 1, Trust::Untrusted, "billing uses kafka"),
        said(3, 99, Trust::Untrusted, "search uses elastic"),
    ];
    let known = knowledge(&told, &[], None);
    let fresh = batches(&known, day(2), None, 100);
    assert_eq!(fresh.len(), 1);
    assert_eq!(fresh[0].kept, [id("checkout", Relation::Uses, "redis")]);
    assert_eq!(fresh[0].evicted, []);
    let old = batches(&known, day(100), None, 100);
    assert_eq!(old[0].evicted, [id("billing", Relation::Uses, "kafka")]);
    let entry = old[0].clone().entry(1);
    let after = knowledge(&told, &[noted(2, 100, entry)], None);
    assert_eq!(after.proposals.len(), 1);
    assert_eq!(batches(&after, day(100), None, 100)[0].evicted, []);
}

#[test]
fn a_consolidation_that_was_cut_off_comes_to_the_same() {
    let told: Vec<Saying> = (0..50)
        .map(|n| user(n, 1, &format!("svc{n} uses lib{n}")))
        .collect();
    let known = knowledge(&told, &[], None);
    let whole = batches(&known, day(2), None, 8);
    assert_eq!(whole.iter().map(|batch| batch.looked).sum::<u32>(), 50);
    for cut in 0..whole.len() {
        let mut log = vec![noted(
            1,
            2,
            Entry::ConsolidationStarted {
                by: "ada".to_owned(),
            },
        )];
        for (number, batch) in (2..).zip(&whole[..cut]) {
            log.push(noted(number, 2, batch.clone().entry(1)));
        }
        let open = pending(&log).unwrap();
        assert_eq!((open.start, open.at), (1, day(2)));
        let rest = batches(&known, open.at, open.last, 8);
        assert_eq!(rest, whole[cut..]);
    }
    let log = [
        noted(
            1,
            2,
            Entry::ConsolidationStarted {
                by: "ada".to_owned(),
            },
        ),
        noted(2, 2, Entry::ConsolidationFinished { start: 1 }),
    ];
    assert_eq!(pending(&log), None);
}

#[test]
fn ids_and_origins_are_read_back() {
    let fact = id("checkout", Relation::Uses, "redis");
    assert_eq!(fact.to_string().parse::<FactId>().unwrap(), fact);
    for text in [
        "fact_",
        "fact_xyz",
        "run_0123456789ab",
        "fact_0123456789AB",
        "",
    ] {
        assert!(text.parse::<FactId>().is_err(), "{text}");
    }
    let event = Origin::Event {
        run: run(7),
        seq: Seq::new(3),
    };
    for origin in [event, Origin::Entry(9)] {
        assert_eq!(origin.to_string().parse::<Origin>().unwrap(), origin);
        let text = serde_json::to_string(&origin).unwrap();
        assert_eq!(serde_json::from_str::<Origin>(&text).unwrap(), origin);
    }
    for text in ["mem@", "mem@-1", "mem@+1", "@3", "run_x@1", "mem"] {
        assert!(text.parse::<Origin>().is_err(), "{text}");
    }
}

#[test]
fn relations_have_names_that_are_read_back() {
    for relation in Relation::ALL {
        assert_eq!(Relation::named(relation.name()), Some(*relation));
        let text = serde_json::to_string(relation).unwrap();
        assert_eq!(text, format!("\"{}\"", relation.name()));
    }
}
