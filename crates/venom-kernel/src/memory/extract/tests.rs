mod table;

use std::fmt::Write as _;

use super::*;
use crate::memory::fact::{Relation, Stance};

fn reading() -> Reading<'static> {
    Reading {
        project: "shop",
        user: "ada",
        // 2024-06-01 12:00 UTC.
        time: Timestamp::from_micros(1_717_243_200_000_000),
    }
}

fn read(text: &str) -> Vec<String> {
    claims(text, &reading())
        .iter()
        .map(|claim| {
            let not = match claim.stance {
                Stance::Holds => "",
                Stance::Ended => "!",
            };
            format!("{not}{} {} {}", claim.subject, claim.relation, claim.object)
        })
        .collect()
}

#[test]
fn precision_and_recall_over_the_table_are_no_worse_than_they_were() {
    let (mut right, mut wrong, mut wanted) = (0_u32, 0_u32, 0_u32);
    let mut report = String::new();
    for (text, expected) in table::SENTENCES {
        let found = read(text);
        wanted += u32::try_from(expected.len()).unwrap();
        for claim in &found {
            if expected.contains(&claim.as_str()) {
                right += 1;
            } else {
                wrong += 1;
                let _ = write!(report, "wrong:  {text}\n        {claim}\n");
            }
        }
        for claim in *expected {
            if !found.iter().any(|known| known == claim) {
                let _ = write!(report, "missed: {text}\n        {claim}\n");
            }
        }
    }
    let precision = right * 1_000 / (right + wrong).max(1);
    let recall = right * 1_000 / wanted.max(1);
    let statements = table::SENTENCES
        .iter()
        .filter(|(_, e)| !e.is_empty())
        .count();
    println!(
        "{} sentences, {statements} of them statements: precision {precision}, recall {recall} (thousandths)\n{report}",
        table::SENTENCES.len()
    );
    assert!(table::SENTENCES.len() >= 120);
    assert!(
        precision >= table::PRECISION,
        "precision {precision}\n{report}"
    );
    assert!(recall >= table::RECALL, "recall {recall}\n{report}");
}

#[test]
fn the_same_thing_has_one_name() {
    for text in [
        "auth service",
        "Auth Service",
        "auth-service",
        "`auth-service`",
        "\"auth service\"",
    ] {
        assert_eq!(name(text), "auth-service", "{text}");
    }
    assert_eq!(name("DATABASE_URL"), "DATABASE_URL");
    assert_eq!(name("$DATABASE_URL"), "DATABASE_URL");
    assert_eq!(name("src/Main.rs"), "src/Main.rs");
    assert_eq!(name("Parser::next"), "Parser::next");
    assert_eq!(name(""), "");
}

#[test]
fn what_memory_printed_is_not_read_again() {
    for line in [
        "fact_0123456789ab  checkout uses redis",
        "said by ada (user) in mem@3, 2024-05-01 10:00: \"checkout uses redis\"",
        "run_01hzy3v9qk8e5w2n7x4m6t0abc@12 checkout uses redis. billing uses kafka.",
        "ep_0123456789abcde ada: checkout uses redis",
    ] {
        assert_eq!(read(line), Vec::<String>::new(), "{line}");
        let around = format!("billing uses kafka\n{line}\nsearch uses elastic");
        assert_eq!(read(&around), ["billing uses kafka", "search uses elastic"]);
    }
}

#[test]
fn secrets_are_never_kept() {
    for text in [
        "the database password is hunter2 and checkout uses redis",
        "API key: abcdefgh is used by checkout",
        "checkout uses sk-ant-REDACTED",
        "the token for staging is abc123",
        "checkout uses [redacted]",
    ] {
        let text = text.replace("REDACTED", &"a".repeat(30));
        assert_eq!(read(&text), Vec::<String>::new(), "{text}");
    }
    // A name that speaks of secrets is none.
    assert_eq!(read("auth reads TOKEN_TTL"), ["auth reads_env TOKEN_TTL"]);
}

#[test]
fn dates_say_since_when() {
    let found = claims("checkout is owned by team-red since 2024-05-01", &reading());
    let [claim] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(claim.relation, Relation::OwnedBy);
    assert_eq!(claim.from.unwrap().micros(), 1_714_521_600_000_000);
    let found = claims("checkout is owned by team-red until 2024-12-31", &reading());
    assert_eq!(found[0].until.unwrap().micros(), 1_735_603_200_000_000);
    let found = claims("As of March 2023, checkout deploys to Fly", &reading());
    assert_eq!(found[0].from.unwrap().micros(), 1_677_628_800_000_000);
    let found = claims("checkout is owned by team-red since today", &reading());
    assert_eq!(found[0].from.unwrap().micros(), 1_717_200_000_000_000);
}

#[test]
fn hostile_texts_are_bounded_and_do_not_panic() {
    let long = "a uses b. ".repeat(100_000);
    assert_eq!(read(&long), ["a uses b"]);
    let many: Vec<String> = (0..1_000).map(|n| format!("svc{n} uses redis. ")).collect();
    let many = many.concat();
    assert_eq!(read(&many).len(), MOST_CLAIMS);
    let wide = format!("{} uses {}", "x".repeat(100_000), "y".repeat(100_000));
    assert_eq!(read(&wide), Vec::<String>::new());
    for text in [
        "`",
        "\"\"",
        "'s is 's",
        "()",
        "aka",
        "x aka",
        "and and and",
        "is",
        "\u{202e} uses \u{0}",
        "the owner of is",
        "moved to",
        "a, b, c,",
        "'",
        "```\nx uses y",
    ] {
        let _ = read(text);
    }
}
