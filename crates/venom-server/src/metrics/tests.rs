use venom_kernel::money::MicroUsd;
use venom_ports::projection::RunStatus;

use super::*;

fn label(measure: Measure, first: &str, second: &str) -> Label {
    Label {
        measure,
        first: first.to_owned(),
        second: second.to_owned(),
    }
}

fn counts() -> Counts {
    let mut sums: BTreeMap<Label, u64> = [
        (label(Measure::Done, "home/small", "agent"), 3),
        (label(Measure::Done, "home/gone", "agent"), 1),
        (label(Measure::Done, "home/old", "agent"), 2),
        (label(Measure::Took, "home/small", "agent"), 2_750),
        (label(Measure::Cost, "home/small", ""), 1_250_000),
        (label(Measure::Errors, "timed-out", ""), 4),
        (label(Measure::Tokens, "home/small", "input"), 77),
    ]
    .into();
    for range in [500, 1_000, 2_000, 5_000, 10_000] {
        sums.insert(label(Measure::Within(range), "home/small", "agent"), 2);
    }
    Counts {
        sums,
        runs: [(RunStatus::Waiting, 2)].into(),
        running: 1,
        ready: 5,
    }
}

fn known() -> Known {
    Known::new(["home/small".to_owned()], ["git".to_owned()])
}

fn has(page: &str, line: &str) {
    assert!(page.lines().any(|one| one == line), "{line}\n{page}");
}

#[test]
fn the_seeds_figures_have_their_names_labels_and_ranges() {
    let page = counted(&counts(), &known(), "1.0");
    for (end, sum) in [
        ("0.1", 0),
        ("0.5", 2),
        ("1", 2),
        ("2", 2),
        ("5", 2),
        ("10", 2),
        ("+Inf", 3),
    ] {
        has(
            &page,
            &format!(
                "venom_request_duration_seconds_bucket{{model=\"home/small\",skill=\"agent\",le=\"{end}\"}} {sum}"
            ),
        );
    }
    has(
        &page,
        "venom_request_duration_seconds_sum{model=\"home/small\",skill=\"agent\"} 2.75",
    );
    has(
        &page,
        "venom_request_duration_seconds_count{model=\"home/small\",skill=\"agent\"} 3",
    );
    has(&page, "venom_request_cost_usd{model=\"home/small\"} 1.25");
    has(&page, "venom_errors_total{type=\"timed-out\"} 4");
    has(&page, "venom_runs{status=\"waiting\"} 2");
    has(&page, "venom_steps{state=\"ready\"} 5");
}

#[test]
fn models_that_are_not_known_count_as_one() {
    let page = counted(&counts(), &known(), "1.0");
    has(
        &page,
        "venom_request_duration_seconds_count{model=\"other\",skill=\"agent\"} 3",
    );
    assert!(!page.contains("home/gone"));
}

#[test]
fn every_family_stands_once_and_before_its_figures() {
    let live = Live::default();
    live.appended(Duration::from_micros(700));
    live.appended(Duration::from_secs(5));
    let now = Now {
        live: &live,
        resting: ["home/small".parse().unwrap()].into(),
        spending: Spending {
            spent: MicroUsd::new(10),
            reserved: MicroUsd::new(5),
            cap: Some(MicroUsd::new(100)),
        },
        tier: "cell",
        streams: 2,
        requests: 9,
    };
    let page = page(&counts(), &known(), "1\"0\\\n", Some(&now));
    has(&page, "venom_build_info{version=\"1\\\"0\\\\\\n\"} 1");
    has(&page, "venom_model_breaker_open{model=\"home/small\"} 1");
    has(&page, "venom_budget_left_usd 0.000085");
    has(
        &page,
        "venom_log_append_duration_seconds_bucket{le=\"0.001\"} 1",
    );
    has(
        &page,
        "venom_log_append_duration_seconds_bucket{le=\"+Inf\"} 2",
    );
    has(&page, "venom_log_append_duration_seconds_sum 5.0007");
    let mut family = "";
    let mut seen = BTreeSet::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.split(' ').next().unwrap();
            assert!(seen.insert(family), "{family} twice");
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            let stem = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end).filter(|stem| *stem == family));
            assert!(name == family || stem.is_some(), "{line} below {family}");
        }
    }
    for name in [
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(seen.contains(name), "{name}");
    }
}
