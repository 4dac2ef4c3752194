use super::*;
use crate::digest::Digest;
use crate::event::SCHEMA;
use crate::id::{RunId, Seq};
use crate::relay::tests::{answered, relayed, took};

const RUN: RunId = RunId::new(1, 1);

/// Counts events as a projection does.
fn counted(events: impl IntoIterator<Item = Event>) -> BTreeMap<Label, i64> {
    let (mut state, mut tally, mut sums) = (RunState::default(), Tally::default(), BTreeMap::new());
    for event in events {
        let envelope = Envelope {
            run: RUN,
            seq: state.seq().next(),
            time: Timestamp::from_micros(3 * DAY + 5),
            cause: None,
            schema: SCHEMA,
            event,
        };
        for figure in tally.add(&state, &envelope) {
            *sums.entry(figure.label).or_insert(0) += figure.by;
        }
        state.evolve(&envelope.event).unwrap();
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

fn call(outcome: EffectOutcome) -> Vec<Event> {
    let usage = Usage {
        input: 20,
        output: 10,
        ..Usage::default()
    };
    let mut events = relay::begin(relayed()).unwrap();
    let after = Seq::new(events.len() as u64);
    events.extend(relay::end(after, outcome, took(), usage, "x").unwrap());
    events.into_iter().map(|proposed| proposed.event).collect()
}

fn get(sums: &BTreeMap<Label, i64>, measure: Measure, first: &str, second: &str) -> i64 {
    let label = Label {
        measure,
        first: first.to_owned(),
        second: second.to_owned(),
    };
    sums.get(&label).copied().unwrap_or_default()
}

#[test]
fn a_call_adds_its_time_its_cost_and_its_tokens() {
    let sums = counted(call(answered()));
    let timed = |measure| get(&sums, measure, "home/small", "models");
    assert_eq!(
        (timed(Measure::Done), timed(Measure::Took)),
        (1, 700),
        "{sums:?}"
    );
    let within = RANGES.map(|range| timed(Measure::Within(range)));
    assert_eq!(within, [0, 0, 1, 1, 1, 1]);
    assert_eq!(get(&sums, Measure::Cost, "home/small", ""), 200);
    assert_eq!(get(&sums, Measure::Tokens, "home/small", "input"), 20);
    assert_eq!(get(&sums, Measure::Relayed, "3", "token 12345678"), 200);
    assert_eq!(get(&sums, Measure::Steps, "verified", ""), 1);
    assert_eq!(get(&sums, Measure::Runs, "succeeded", ""), 1);
}

#[test]
fn a_failure_is_counted_once() {
    let failure = crate::effect::Failure::new(FailureKind::TimedOut, "too slow");
    let sums = counted(call(EffectOutcome::Failed(failure)));
    let errors: i64 = sums
        .iter()
        .filter(|(label, _)| label.measure == Measure::Errors)
        .map(|(_, sum)| sum)
        .sum();
    assert_eq!(errors, 1, "{sums:?}");
    assert_eq!(get(&sums, Measure::Errors, "timed-out", ""), 1);
    assert_eq!(get(&sums, Measure::Steps, "failed", ""), 1);
}

#[test]
fn a_fork_does_not_count_again_what_it_took_over() {
    let mut events = call(answered());
    events.push(Event::Forked {
        from: RunId::new(2, 2),
        at: Seq::new(9),
        hash: Digest::ZERO,
        by: "x".to_owned(),
        otherwise: Box::default(),
    });
    assert_eq!(counted(events), BTreeMap::new());
}

#[test]
fn measures_are_read_as_they_are_written() {
    let ranges = RANGES.map(Measure::Within);
    let named = Measure::NAMED.map(|(measure, _)| measure);
    for measure in named.into_iter().chain(ranges) {
        assert_eq!(measure.to_string().parse(), Ok(measure));
    }
    assert_eq!("within-x".parse::<Measure>(), Err(NoMeasure));
    assert_eq!("".parse::<Measure>(), Err(NoMeasure));
}
