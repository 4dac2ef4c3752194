//! What all projections do.

use venom_kernel::event::{Event, Outcome};
use venom_kernel::figure::{Label, Measure};
use venom_kernel::id::{QuestionId, RunId, Seq};
use venom_kernel::intent::Question;
use venom_kernel::time::{Millis, Timestamp};
use venom_ports::log::{Batch, LogStore};
use venom_ports::projection::{Projections, RunRow, RunStatus};

use super::Checked;
use super::story::{ACTION, at, batch, paused, planned, resumed, run, stepped, whole};

mod models;

/// Runs the whole suite against projections of an empty log.
pub async fn suite(projections: &dyn Projections, log: &dyn LogStore) -> Checked {
    let empty = projections.digest().await?;
    assert_eq!(projections.runs(10).await?, vec![]);
    assert_eq!(projections.find("").await?, vec![]);
    assert_eq!(projections.durations(ACTION.0, ACTION.1, 10).await?, vec![]);
    assert_eq!(projections.rebuild().await?, empty);

    rows_follow_the_log(projections, log).await?;
    assert_ne!(projections.digest().await?, empty);
    statuses_are_told_apart(projections, log).await?;
    runs_are_found_by_prefix(projections).await?;
    durations_are_kept(projections, log).await?;
    goals_are_cut_to_a_line(projections, log).await?;
    models::are_remembered(projections, log).await?;

    let counts = projections.counts().await?;
    let ended = |(label, sum): (&Label, &u64)| (label.measure == Measure::Runs).then_some(*sum);
    assert!(counts.sums.iter().filter_map(ended).sum::<u64>() > 0);
    let grown = projections.digest().await?;
    assert_eq!(
        projections.rebuild().await?,
        grown,
        "a rebuilt projection is the grown one"
    );
    assert_eq!(projections.digest().await?, grown);
    assert_eq!(projections.counts().await?, counts);
    Ok(())
}

fn later(run: RunId, expected: u64, seconds: i64, events: Vec<Event>) -> Batch {
    Batch {
        time: at(seconds),
        ..batch(run, expected, events)
    }
}

async fn rows_follow_the_log(projections: &dyn Projections, log: &dyn LogStore) -> Checked {
    log.append(later(run(1), 0, 10, planned("the first", 2)?))
        .await?;
    let mut row = RunRow {
        run: run(1),
        goal: "the first".to_owned(),
        workspace: "/home/ada/shop".to_owned(),
        started: at(10),
        updated: Timestamp::from_micros(at(10).micros() + 2),
        seq: Seq::new(3),
        status: RunStatus::Active,
        outcome: None,
    };
    assert_eq!(projections.runs(10).await?, vec![row.clone()]);

    log.append(later(run(2), 0, 20, whole("the second", 1)?))
        .await?;
    log.append(later(run(1), 3, 30, stepped(1, 5)?)).await?;
    row.updated = Timestamp::from_micros(at(30).micros() + 4);
    row.seq = Seq::new(8);
    let rows = projections.runs(10).await?;
    assert_eq!(rows.len(), 2);
    let newest = rows.first().ok_or("no rows")?;
    assert_eq!(
        (newest.run, newest.status, &newest.outcome),
        (run(2), RunStatus::Finished, &Some(Outcome::Succeeded))
    );
    assert_eq!(rows.get(1), Some(&row));
    assert_eq!(projections.runs(1).await?.len(), 1);
    assert_eq!(projections.runs(0).await?, vec![]);
    Ok(())
}

async fn statuses_are_told_apart(projections: &dyn Projections, log: &dyn LogStore) -> Checked {
    let status = async || -> Checked<RunStatus> {
        let rows = projections.runs(1).await?;
        Ok(rows.first().ok_or("no rows")?.status)
    };
    let mut events = planned("the third", 1)?;
    events.truncate(2);
    let question = Question {
        key: "goal.1.action".to_owned(),
        text: "?".to_owned(),
        choices: vec![],
    };
    events.push(Event::ClarificationAsked {
        id: QuestionId::new(1),
        question,
    });
    log.append(later(run(3), 0, 40, events)).await?;
    assert_eq!(status().await?, RunStatus::Waiting);
    log.append(later(run(3), 3, 41, vec![paused()])).await?;
    assert_eq!(status().await?, RunStatus::Paused);
    log.append(later(run(3), 4, 42, vec![resumed()])).await?;
    assert_eq!(status().await?, RunStatus::Waiting);
    let answer = Event::ClarificationAnswered {
        id: QuestionId::new(1),
        answer: "fix".to_owned(),
        by: "user".to_owned(),
    };
    log.append(later(run(3), 5, 43, vec![answer])).await?;
    assert_eq!(status().await?, RunStatus::Active);
    Ok(())
}

async fn runs_are_found_by_prefix(projections: &dyn Projections) -> Checked {
    let text = run(2).to_string();
    assert_eq!(projections.find(&text).await?, vec![run(2)]);
    let digits = text.strip_prefix("run_").ok_or("no prefix")?;
    assert_eq!(projections.find(digits).await?, vec![run(2)]);
    // All began in the same seconds, so that their first digits are the same.
    let start: String = digits.chars().take(5).collect();
    for ambiguous in ["", "run_", "r", start.as_str()] {
        assert_eq!(
            projections.find(ambiguous).await?,
            vec![run(3), run(2)],
            "{ambiguous}"
        );
    }
    for none in [
        "run_zzzz",
        "q_1",
        "run_%",
        "_",
        "' OR 1=1 --",
        "é",
        &"0".repeat(10_000),
    ] {
        assert_eq!(projections.find(none).await?, vec![], "{none}");
    }
    Ok(())
}

async fn durations_are_kept(projections: &dyn Projections, log: &dyn LogStore) -> Checked {
    log.append(later(run(4), 0, 50, whole("the fourth", 3)?))
        .await?;
    let (skill, action) = ACTION;
    let millis = |all: &[u64]| all.iter().copied().map(Millis::new).collect::<Vec<_>>();
    assert_eq!(
        projections.durations(skill, action, 10).await?,
        millis(&[30, 20, 10, 5, 10])
    );
    assert_eq!(
        projections.durations(skill, action, 2).await?,
        millis(&[30, 20])
    );
    assert_eq!(projections.durations(skill, "other", 10).await?, vec![]);
    Ok(())
}

async fn goals_are_cut_to_a_line(projections: &dyn Projections, log: &dyn LogStore) -> Checked {
    let long = format!("  {}\nand more\n", "ä".repeat(1_000));
    log.append(later(run(5), 0, 60, planned(&long, 1)?)).await?;
    let rows = projections.runs(1).await?;
    assert_eq!(rows.first().ok_or("no rows")?.goal, "ä".repeat(200));
    Ok(())
}
