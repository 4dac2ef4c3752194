use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn id(name: &str) -> ModelId {
    format!("fake/{name}").parse().unwrap()
}

/// A model with a success in thousandths and a price in dollars for a million tokens.
fn model(name: &str, quality: u16, dollars: u64) -> ModelInfo {
    let price = |times: u64| MicroUsd::new(dollars * times * 1_000_000);
    ModelInfo {
        id: id(name),
        context: 100_000,
        max_output: 8_000,
        price: Price {
            input: price(1),
            output: price(5),
            cache_read: price(0),
            cache_write: price(1),
        },
        privacy: if dollars == 0 {
            Privacy::Local
        } else {
            Privacy::Cloud
        },
        tools: true,
        schema: true,
        images: false,
        thinking: false,
        quality: BTreeMap::from([(Kind::Code, quality)]),
        typical: Millis::from_secs(3),
    }
}

fn demand() -> Demand {
    Demand {
        kind: Kind::Code,
        prompt: 2_000,
        output: 500,
        longest: 2_000,
        needs: Vec::new(),
        privacy: Privacy::Cloud,
        left: Caps::NONE,
        prefer: Prefer::Balanced,
        worth: None,
        pin: None,
    }
}

/// A model whose success was seen so often that its draw hardly differs from it.
fn known(quality: u64) -> Stats {
    let mut stats = Stats::default();
    let belief = Belief {
        good: quality * 500_000,
        bad: (1_000 - quality) * 500_000,
        ..Belief::default()
    };
    stats.beliefs.insert(Kind::Code, belief);
    stats
}

fn family() -> (Vec<ModelInfo>, Vec<Stats>) {
    let models = vec![
        model("small", 750, 1),
        model("middle", 850, 3),
        model("large", 900, 5),
    ];
    (models, [750, 850, 900].map(known).into())
}

fn check(demand: &Demand, models: &[ModelInfo], stats: &[Stats]) -> Result<Choice, Refusal> {
    check_with(7, demand, models, stats)
}

fn check_with(
    word: u64,
    demand: &Demand,
    models: &[ModelInfo],
    stats: &[Stats],
) -> Result<Choice, Refusal> {
    let candidates: Vec<Candidate<'_>> = models
        .iter()
        .enumerate()
        .map(|(n, info)| Candidate::new(info, stats.get(n)))
        .collect();
    let choice = choose(demand, &candidates, word);
    let reversed: Vec<Candidate<'_>> = candidates.iter().rev().copied().collect();
    assert_eq!(
        choose(demand, &reversed, word),
        choice,
        "the order mattered"
    );
    choice
}

#[test]
fn what_is_preferred_decides_where_models_differ() {
    let (models, stats) = family();
    for (prefer, wanted) in [
        (Prefer::Cheap, "small"),
        (Prefer::Balanced, "middle"),
        (Prefer::Best, "large"),
    ] {
        let demand = Demand { prefer, ..demand() };
        let choice = check(&demand, &models, &stats).unwrap();
        assert_eq!(choice.model, id(wanted), "{prefer:?} {:#?}", choice.lines());
        assert_eq!(choice.fallbacks.len(), 2);
        // The same for work of any size.
        let demand = Demand {
            prompt: 40_000,
            output: 6_000,
            longest: 8_000,
            ..demand
        };
        assert_eq!(check(&demand, &models, &stats).unwrap().model, id(wanted));
    }
}

#[test]
fn who_wants_speed_pays_for_it() {
    let (mut models, stats) = family();
    models[0].typical = Millis::new(400);
    models[1].typical = Millis::from_secs(12);
    models[2].typical = Millis::from_secs(20);
    let prefer = Prefer::Fast;
    let choice = check(&Demand { prefer, ..demand() }, &models, &stats).unwrap();
    assert_eq!(choice.model, id("small"), "{:#?}", choice.lines());
}

#[test]
fn a_model_that_another_one_is_better_than_in_everything_waits_behind_the_front() {
    let (mut models, mut stats) = family();
    models.push(model("worse", 500, 4));
    stats.push(known(500));
    let choice = check(&demand(), &models, &stats).unwrap();
    assert_eq!(
        choice.dropped,
        [Dropped {
            model: id("worse"),
            reason: Reason::Dominated { by: id("middle") },
        }]
    );
    assert_eq!(choice.fallbacks.last(), Some(&id("worse")));
    // Unless it was hardly tried, and may be as good.
    models[3].quality.insert(Kind::Code, 800);
    stats[3] = Stats::default();
    let choice = check(&demand(), &models, &stats).unwrap();
    assert_eq!(choice.dropped, []);
    assert_eq!(choice.front.len(), 4);
}

#[test]
fn each_model_that_cannot_do_the_work_is_dropped_with_its_reason() {
    let mut models = [
        model("cloud", 900, 1),
        model("deaf", 900, 0),
        model("narrow", 900, 0),
        model("short", 900, 0),
        model("gone", 900, 0),
        model("broken", 900, 0),
        model("good", 500, 0),
    ];
    models[1].tools = false;
    models[2].context = 3_999;
    models[3].max_output = 1_999;
    let mut candidates: Vec<Candidate<'_>> = models
        .iter()
        .map(|info| Candidate::new(info, None))
        .collect();
    candidates[4].health = Health::Unreachable;
    candidates[5].health = Health::Broken;
    let demand = Demand {
        privacy: Privacy::Local,
        needs: vec![Need::Schema, Need::Tools],
        ..demand()
    };
    let choice = choose(&demand, &candidates, 1).unwrap();
    assert_eq!(choice.model, id("good"));
    assert_eq!(choice.because, Because::Alone);
    let found: Vec<(&str, &Reason)> = choice
        .dropped
        .iter()
        .map(|dropped| (dropped.model.name(), &dropped.reason))
        .collect();
    let (context, output) = (
        Reason::Context {
            needed: 4_000,
            most: 3_999,
        },
        Reason::Output {
            needed: 2_000,
            most: 1_999,
        },
    );
    assert_eq!(
        found,
        [
            ("broken", &Reason::Broken),
            ("cloud", &Reason::Private),
            ("deaf", &Reason::Lacks(Need::Tools)),
            ("gone", &Reason::Unreachable),
            ("narrow", &context),
            ("short", &output),
        ]
    );
    // Without the good one there is no answer, and nobody is guessed.
    candidates.pop();
    let refused = choose(&demand, &candidates, 1).unwrap_err();
    assert!(matches!(&refused, Refusal::NoneFits { dropped } if dropped.len() == 6));
    assert_eq!(refused.to_string(), "none of the 6 models can do this work");
    assert_eq!(choose(&demand, &[], 1), Err(Refusal::NoModels));
}

#[test]
fn what_is_left_of_the_budget_bounds_the_most_that_a_call_may_cost() {
    let (models, stats) = family();
    // The most is 4,000 tokens: 2,000 in and 2,000 out at 5 times the price.
    let most = |dollars: u64| MicroUsd::new(12_000 * dollars);
    let with = |left| Demand {
        left,
        prefer: Prefer::Best,
        ..demand()
    };
    let choice = check(&with(Caps::money(most(3))), &models, &stats).unwrap();
    assert_eq!(choice.model, id("middle"));
    assert_eq!(
        choice.dropped,
        [Dropped {
            model: id("large"),
            reason: Reason::Money {
                needed: most(5),
                left: most(3),
            },
        }]
    );
    check(&with(Caps::money(MicroUsd::new(11_999))), &models, &stats).unwrap_err();
    check(&with(Caps::tokens(3_999)), &models, &stats).unwrap_err();
    check(&with(Caps::tokens(4_000)), &models, &stats).unwrap();
    // A model has a budget of its own.
    let mut candidates: Vec<Candidate<'_>> = models
        .iter()
        .map(|info| Candidate::new(info, None))
        .collect();
    candidates[2].left = Caps::money(most(4));
    let choice = choose(&with(Caps::NONE), &candidates, 1).unwrap();
    assert_eq!(choice.dropped[0].model, id("large"));
    // What costs nothing is there when the money is gone.
    let free = [model("free", 100, 0)];
    check(&with(Caps::money(MicroUsd::ZERO)), &free, &[]).unwrap();
}

#[test]
fn a_model_that_was_asked_for_by_name_is_never_replaced() {
    let (models, stats) = family();
    let pinned = |name: &str| Demand {
        pin: Some(id(name)),
        ..demand()
    };
    let choice = check(&pinned("small"), &models, &stats).unwrap();
    assert_eq!(choice.model, id("small"));
    assert_eq!(choice.because, Because::Pinned);
    assert_eq!(choice.fallbacks, []);
    assert_eq!(choice.dropped.len(), 2);
    assert_eq!(
        check(&pinned("other"), &models, &stats),
        Err(Refusal::UnknownPin { model: id("other") })
    );
    let local = Demand {
        privacy: Privacy::Local,
        ..pinned("small")
    };
    assert_eq!(
        check(&local, &models, &stats),
        Err(Refusal::PinUnfit {
            model: id("small"),
            reason: Reason::Private,
        })
    );
}

#[test]
fn a_choice_is_explained_line_by_line() {
    let mut models = vec![model("a", 900, 5), model("b", 800, 1)];
    models.push(model("c", 100, 5));
    let stats = [known(900), known(800), known(100)];
    let choice = check(&demand(), &models, &stats).unwrap();
    let lines = choice.lines();
    assert_eq!(lines.len(), 6, "{lines:#?}");
    assert!(lines[0].starts_with("fake/b is worth $0.0"), "{lines:#?}");
    assert!(
        lines[1].starts_with("  fake/b (cloud): expected 79.8 % for $0.004500 in"),
        "{lines:#?}"
    );
    assert_eq!(
        lines[3],
        "  fake/c: `fake/a` is better and no dearer, slower or less private"
    );
    assert_eq!(lines[4], "  if it fails: fake/a, fake/c");
    assert_eq!(lines[5], "  drawn from the word 0000000000000007");
    let text = serde_json::to_string(&choice).unwrap();
    assert_eq!(serde_json::from_str::<Choice>(&text).unwrap(), choice);
    assert!(!text.contains('.'), "a float in {text}");
}

/// Two arms that differ by a fifth: the better one gets nearly all of the calls after it was found.
#[test]
fn the_better_model_is_found() {
    let models = [model("good", 500, 1), model("bad", 500, 1)];
    let mut stats = [Stats::default(), Stats::default()];
    let mut stream = Stream::new(5, "world");
    let mut late = 0;
    for n in 0..600 {
        let candidates = [0, 1].map(|n| Candidate::new(&models[n], Some(&stats[n])));
        let choice = choose(&demand(), &candidates, stream.word()).unwrap();
        let place = usize::from(choice.model == id("bad"));
        let is_good = stream.word() % 100 < [80, 60][place];
        let outcome = Outcome {
            verified: Some(is_good),
            ..Outcome::of(Kind::Code)
        };
        learn(&mut stats[place], &models[place], &outcome);
        late += usize::from(n >= 300 && place == 1);
    }
    assert!(
        late < 60,
        "{late} of the last 300 calls went to the worse one"
    );
}

proptest! {
    /// Whatever is known and wanted: a choice is among those that fit, everybody is accounted for
    /// once, and the same word gives the same choice.
    #[test]
    fn everybody_is_accounted_for(
        word in any::<u64>(),
        models in proptest::collection::vec(
            (any::<u16>(), 0_u64..u64::MAX / 5_000_000, any::<u32>(), 0_u64..300_000, any::<bool>()),
            1..30,
        ),
        beliefs in proptest::collection::vec((any::<u64>(), any::<u64>(), any::<i64>(), any::<i64>()), 0..30),
        prompt in prop_oneof![0_u64..200_000, any::<u64>()],
        output in any::<u32>(),
        left in proptest::option::of(any::<u64>()),
        prefer in prop_oneof![
            Just(Prefer::Cheap), Just(Prefer::Fast), Just(Prefer::Best), Just(Prefer::Balanced)
        ],
    ) {
        let infos: Vec<ModelInfo> = models
            .iter()
            .enumerate()
            .map(|(n, (quality, dollars, typical, context, tools))| ModelInfo {
                typical: Millis::new(u64::from(*typical)),
                context: *context,
                max_output: u32::MAX,
                tools: *tools,
                ..model(&format!("m{n}"), *quality, *dollars)
            })
            .collect();
        let stats: Vec<Stats> = beliefs
            .iter()
            .map(|(good, bad, mean, seen)| {
                let mean = Spread { seen: *seen, mean: *mean, variance: mean.rotate_left(7) };
                let belief = Belief { good: *good, bad: *bad, took: mean, cost: mean, ..Belief::default() };
                Stats { beliefs: BTreeMap::from([(Kind::Code, belief)]), ..Stats::default() }
            })
            .collect();
        let demand = Demand {
            prompt,
            output: u64::from(output),
            longest: u64::from(output),
            needs: vec![Need::Tools],
            left: left.map_or(Caps::NONE, |money| Caps::money(MicroUsd::new(money))),
            prefer,
            ..demand()
        };
        let choice = match check_with(word, &demand, &infos, &stats) {
            Ok(choice) => choice,
            Err(Refusal::NoneFits { dropped }) => {
                prop_assert_eq!(dropped.len(), infos.len());
                return Ok(());
            }
            Err(other) => panic!("{other:?}"),
        };
        prop_assert_eq!(&choice.model, &choice.front[0].model);
        let chosen = infos.iter().find(|info| info.id == choice.model).unwrap();
        prop_assert!(chosen.tools && prompt + u64::from(output) <= chosen.context);
        if let Some(left) = left {
            prop_assert!(chosen.price.most(prompt, u64::from(output)).micros() <= left);
        }
        let mut all: Vec<&ModelId> = choice.fallbacks.iter().chain([&choice.model]).collect();
        all.extend(choice.dropped.iter().filter(|d| !matches!(d.reason, Reason::Dominated { .. })).map(|d| &d.model));
        all.sort();
        let mut wanted: Vec<&ModelId> = infos.iter().map(|info| &info.id).collect();
        wanted.sort();
        prop_assert_eq!(all, wanted);
        for (info, mut stats) in infos.iter().zip(stats) {
            let outcome = Outcome {
                verified: Some(word % 2 == 0),
                feedback: u16::try_from(word % 2_000).ok(),
                took: Some(Millis::new(word)),
                cost: Some(Cost { real: MicroUsd::new(prompt), expected: MicroUsd::new(word) }),
                ..Outcome::of(Kind::Code)
            };
            learn(&mut stats, info, &outcome);
        }
    }
}
