use venom_kernel::id::{RunId, Seq};
use venom_kernel::memory::Trust;
use venom_kernel::memory::extract::{Reading, claims};
use venom_kernel::memory::fact::{Observation, Saying, knowledge};

use super::*;

fn time(number: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + number * 1_000_000)
}

fn said(number: u64, text: &str) -> Saying {
    let at = time(i64::try_from(number).unwrap());
    let reading = Reading {
        project: "shop",
        user: "ada",
        time: at,
    };
    Saying::Observed(Observation {
        origin: Origin::Event {
            run: RunId::new(number, 1),
            seq: Seq::new(1),
        },
        time: at,
        trust: Trust::User,
        speaker: "ada".to_owned(),
        source: None,
        claims: claims(text, &reading),
    })
}

fn known(texts: &[&str]) -> Knowledge {
    let told: Vec<Saying> = (1..).zip(texts).map(|(n, text)| said(n, text)).collect();
    knowledge(&told, &[], None)
}

fn reasoner(texts: &[&str], rules: &str) -> Reasoner {
    let rules = Rules {
        text: rules.to_owned(),
        place: "rules.dl".to_owned(),
    };
    Reasoner::new(&known(texts), time(1_000), &rules).unwrap()
}

fn ask(reasoner: &mut Reasoner, question: &str) -> Vec<String> {
    let answers = reasoner.query(question).unwrap();
    answers
        .rows
        .iter()
        .map(|row| {
            let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
            cells.join(" ")
        })
        .collect()
}

const SHOP: &[&str] = &[
    "checkout depends on auth",
    "auth uses postgres",
    "checkout is owned by team-red",
    "auth is owned by team-blue",
];

#[test]
fn every_relation_has_its_predicate() {
    for relation in Relation::ALL {
        let rule = format!("{relation}(S, O) :- fact(S, {relation}, O).");
        assert!(BUILT_IN.contains(&rule), "{rule}");
    }
}

#[test]
fn questions_follow_built_in_rules_and_their_own() {
    let mut shop = reasoner(SHOP, "");
    assert_eq!(
        ask(&mut shop, r#"needs("checkout", X)"#),
        ["\"auth\"", "\"postgres\""]
    );
    assert_eq!(
        ask(&mut shop, r#"affected(X, "postgres")"#),
        ["\"team-blue\"", "\"team-red\""]
    );
    assert_eq!(ask(&mut shop, "unowned(X)"), ["\"postgres\""]);
    let own = r#"reach(X, Y) :- depends_on(X, Y). reach(X, Z) :- reach(X, Y), uses(Y, Z). reach("checkout", X)"#;
    assert_eq!(ask(&mut shop, own), ["\"auth\"", "\"postgres\""]);
    assert_eq!(
        ask(&mut shop, r#"fact("auth", R, _)"#),
        ["\"owned_by\"", "\"uses\""]
    );
}

#[test]
fn the_users_rules_are_loaded_and_their_errors_name_the_file() {
    let mut shop = reasoner(SHOP, "critical(X) :- needs(X, \"postgres\").");
    assert_eq!(ask(&mut shop, "critical(X)"), ["\"auth\"", "\"checkout\""]);
    let rules = Rules {
        text: "critical(X) :- needs(X".to_owned(),
        place: "rules.dl".to_owned(),
    };
    let failure = Reasoner::new(&known(SHOP), time(9), &rules).unwrap_err();
    assert!(failure.message.starts_with("rules.dl: line 1"), "{failure}");
    assert!(failure.hint.is_some());
}

#[test]
fn a_symbol_that_fits_nothing_is_pointed_out() {
    let mut shop = reasoner(SHOP, "");
    let answers = shop.query("needs(checkout, X)").unwrap();
    assert_eq!(
        (answers.rows.len(), answers.symbols),
        (0, vec!["checkout".to_owned()])
    );
    let answers = shop.query("nedes(\"checkout\", X)").unwrap();
    assert_eq!(answers.unknown, ["nedes"]);
    assert!(shop.query("needs(").is_err());
}

#[test]
fn a_proof_ends_at_the_events_that_said_it() {
    let mut shop = reasoner(SHOP, "");
    let proof = shop
        .why(r#"needs("checkout", "postgres")"#)
        .unwrap()
        .unwrap();
    let said: Vec<&Support> = proof
        .steps
        .iter()
        .filter_map(|step| match &step.because {
            Reason::Said(support) => Some(support),
            Reason::Written | Reason::Follows { .. } => None,
        })
        .flatten()
        .collect();
    let sentences: Vec<&str> = said.iter().map(|one| one.sentence.as_str()).collect();
    assert_eq!(sentences.len(), 2, "{proof:?}");
    assert!(sentences.contains(&SHOP[0]) && sentences.contains(&SHOP[1]));
    assert_eq!(shop.why(r#"needs("auth", "checkout")"#).unwrap(), None);
    assert_eq!(shop.why("needs(\"auth\", \"nobody\").").unwrap(), None);
    for text in [
        "needs(X, Y)",
        "",
        "a(1). b(2)",
        "needs(\"a\", \"b\") :- c(1)",
    ] {
        assert!(shop.why(text).is_err(), "{text}");
    }
}

#[test]
fn times_are_columns() {
    let texts = [
        "checkout is owned by team-red",
        "checkout is now owned by team-blue",
    ];
    let mut shop = reasoner(&texts, "");
    let held = r#"held("checkout", owned_by, O, From, To, _, S), S > 9000000000"#;
    let rows = ask(&mut shop, held);
    assert_eq!(rows.len(), 2, "{rows:?}");
}
