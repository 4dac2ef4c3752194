use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;

use super::*;

fn usd(micros: u64) -> MicroUsd {
    MicroUsd::new(micros)
}

fn amount(money: u64, tokens: u64) -> Amount {
    Amount::new(usd(money), tokens)
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn account(text: &str) -> Account {
    text.parse().unwrap()
}

fn model(n: u64) -> ModelId {
    format!("fake/m{n}").parse().unwrap()
}

fn caps(money: u64, tokens: u64) -> Caps {
    Caps {
        money: Some(usd(money)),
        tokens: Some(tokens),
    }
}

fn over(result: Result<(), Refusal>) -> Over {
    match result {
        Err(Refusal::Over(over)) => over,
        other => panic!("expected a cap to be met, found {other:?}"),
    }
}

#[test]
fn what_is_reserved_cannot_be_reserved_again_and_comes_back_when_it_was_not_needed() {
    let mut ledger = Ledger::new(Caps::money(usd(100)));
    let run = Account::run();
    ledger
        .reserve(key("a"), &run, &model(1), usd(60), 10)
        .unwrap();
    let refused = over(ledger.reserve(key("b"), &run, &model(1), usd(41), 10));
    assert_eq!(
        refused,
        Over {
            cap: Cap::Account(Account::run()),
            unit: Unit::Money,
            limit: 100,
            spent: 0,
            reserved: 60,
            wanted: 41,
        }
    );
    assert_eq!(
        refused.to_string(),
        "the budget of the run is $0.000100: $0.00 spent, $0.000060 reserved, and $0.000041 more may be needed"
    );
    ledger
        .reserve(key("b"), &run, &model(1), usd(40), 10)
        .unwrap();
    let settled = ledger.settle(&key("a"), usd(7), 5).unwrap();
    assert_eq!(settled.beyond, Amount::ZERO);
    assert_eq!(ledger.spent(), amount(7, 5));
    assert_eq!(ledger.reserved(), amount(40, 10));
    assert_eq!(ledger.left(), Caps::money(usd(53)));
    ledger.release(&key("b")).unwrap();
    assert_eq!(ledger.left(), Caps::money(usd(93)));
}

#[test]
fn a_call_is_counted_once() {
    let mut ledger = Ledger::new(Caps::NONE);
    let run = Account::run();
    ledger
        .reserve(key("a"), &run, &model(1), usd(9), 9)
        .unwrap();
    assert_eq!(
        ledger.reserve(key("a"), &run, &model(1), usd(9), 9),
        Err(Refusal::Taken(key("a")))
    );
    ledger.settle(&key("a"), usd(3), 3).unwrap();
    let before = ledger.clone();
    assert_eq!(
        ledger.settle(&key("a"), usd(3), 3),
        Err(Refusal::NotOpen(key("a")))
    );
    assert_eq!(
        ledger.reserve(key("a"), &run, &model(1), usd(9), 9),
        Err(Refusal::Taken(key("a")))
    );
    assert_eq!(ledger, before);
}

#[test]
fn a_provider_that_takes_more_than_the_most_is_written_down_and_stops_the_rest() {
    let mut ledger = Ledger::new(Caps::money(usd(10)));
    let run = Account::run();
    ledger
        .reserve(key("a"), &run, &model(1), usd(4), 0)
        .unwrap();
    let settled = ledger.settle(&key("a"), usd(u64::MAX), 0).unwrap();
    assert_eq!(settled.beyond, amount(u64::MAX - 4, 0));
    assert_eq!(ledger.left(), Caps::money(usd(0)));
    over(ledger.reserve(key("b"), &run, &model(1), usd(1), 0));
    // What costs nothing is still admitted.
    let free = ledger.reserve(key("c"), &run, &model(1), usd(0), 5);
    free.unwrap();
}

#[test]
fn tokens_have_caps_of_their_own() {
    let mut ledger = Ledger::new(Caps::tokens(100));
    let run = Account::run();
    ledger
        .reserve(key("a"), &run, &model(1), usd(u64::MAX), 100)
        .unwrap();
    assert_eq!(
        over(ledger.reserve(key("b"), &run, &model(1), usd(0), 1)).unit,
        Unit::Tokens
    );
}

#[test]
fn children_take_their_part_out_of_the_parent_and_give_the_rest_back() {
    let mut ledger = Ledger::new(Caps::money(usd(100)));
    let (run, one, two) = (Account::run(), Account::agent(1), Account::agent(2));
    ledger
        .carve(one.clone(), &run, Caps::money(usd(60)))
        .unwrap();
    assert_eq!(
        over(ledger.carve(two.clone(), &run, Caps::money(usd(41)))).reserved,
        60
    );
    ledger.carve(two, &run, Caps::money(usd(40))).unwrap();
    // All of it is set apart: nothing is left to the run itself, and each child has its own.
    over(ledger.reserve(key("r"), &run, &model(1), usd(1), 0));
    assert_eq!(ledger.left_for(&one, None), Caps::money(usd(60)));
    ledger
        .reserve(key("a"), &one, &model(1), usd(60), 0)
        .unwrap();
    assert_eq!(
        over(ledger.reserve(key("b"), &one, &model(1), usd(1), 0)).cap,
        Cap::Account(one.clone())
    );
    ledger.settle(&key("a"), usd(10), 0).unwrap();
    ledger.close(&one).unwrap();
    assert_eq!(ledger.left(), Caps::money(usd(50)));
    assert_eq!(ledger.spent(), amount(10, 0));
    assert_eq!(ledger.spent_by(&one), amount(10, 0));
    assert_eq!(
        ledger.reserve(key("c"), &one, &model(1), usd(1), 0),
        Err(Refusal::Closed(one.clone()))
    );
    assert_eq!(ledger.left_for(&one, None), Caps::NOTHING);
}

#[test]
fn an_account_without_a_cap_takes_from_its_parent() {
    let mut ledger = Ledger::new(Caps::money(usd(100)));
    let (run, agent) = (Account::run(), Account::agent(1));
    let step = Account::step(&"build".parse().unwrap());
    ledger
        .carve(agent.clone(), &run, Caps::money(usd(30)))
        .unwrap();
    ledger.carve(step.clone(), &agent, Caps::NONE).unwrap();
    ledger
        .reserve(key("a"), &step, &model(1), usd(25), 0)
        .unwrap();
    assert_eq!(ledger.left_for(&agent, None), Caps::money(usd(5)));
    assert_eq!(
        over(ledger.reserve(key("b"), &step, &model(1), usd(6), 0)).cap,
        Cap::Account(agent)
    );
    assert_eq!(ledger.left(), Caps::money(usd(70)));
}

#[test]
fn a_closed_account_may_still_hear_what_its_calls_took() {
    let mut ledger = Ledger::new(Caps::money(usd(100)));
    let agent = Account::agent(1);
    ledger
        .carve(agent.clone(), &Account::run(), Caps::money(usd(50)))
        .unwrap();
    ledger
        .reserve(key("a"), &agent, &model(1), usd(20), 0)
        .unwrap();
    ledger.close(&agent).unwrap();
    assert_eq!(ledger.left(), Caps::money(usd(80)));
    ledger.settle(&key("a"), usd(5), 0).unwrap();
    assert_eq!(ledger.left(), Caps::money(usd(95)));
}

#[test]
fn a_cap_that_is_lowered_binds_the_children_too() {
    let mut ledger = Ledger::new(Caps::money(usd(100)));
    let agent = Account::agent(1);
    ledger
        .carve(agent.clone(), &Account::run(), Caps::money(usd(80)))
        .unwrap();
    ledger.limit(&Account::run(), Caps::money(usd(10))).unwrap();
    assert_eq!(ledger.left_for(&agent, None), Caps::money(usd(10)));
    assert_eq!(
        over(ledger.reserve(key("a"), &agent, &model(1), usd(11), 0)).cap,
        Cap::Account(Account::run())
    );
    ledger.limit(&Account::run(), Caps::money(usd(90))).unwrap();
    ledger.limit(&agent, Caps::money(usd(90))).unwrap();
    over(ledger.limit(&agent, Caps::money(usd(91))));
}

#[test]
fn models_and_days_have_caps_beside_the_tree() {
    let mut ledger = Ledger::new(Caps::NONE);
    let run = Account::run();
    ledger.limit_model(model(1), Caps::money(usd(10)));
    ledger.open_window(Window::Day, Caps::money(usd(50)), amount(35, 0));
    ledger
        .reserve(key("a"), &run, &model(1), usd(10), 0)
        .unwrap();
    assert_eq!(
        over(ledger.reserve(key("b"), &run, &model(1), usd(1), 0)).cap,
        Cap::Model(model(1))
    );
    assert_eq!(ledger.left_for(&run, Some(&model(2))), Caps::money(usd(5)));
    assert_eq!(
        over(ledger.reserve(key("b"), &run, &model(2), usd(6), 0)).cap,
        Cap::Window(Window::Day)
    );
    ledger.count(Window::Day, amount(30, 0)).unwrap();
    ledger
        .reserve(key("b"), &run, &model(2), usd(6), 0)
        .unwrap();
    ledger.settle(&key("a"), usd(10), 0).unwrap();
    ledger.settle(&key("b"), usd(6), 0).unwrap();
    // The next day does not count what the last one took.
    ledger.open_window(Window::Day, Caps::money(usd(50)), Amount::ZERO);
    assert_eq!(ledger.left_for(&run, Some(&model(2))), Caps::money(usd(50)));
    assert_eq!(
        ledger.count(Window::Month, Amount::ZERO),
        Err(Refusal::NoWindow(Window::Month))
    );
}

#[test]
fn after_a_crash_open_calls_count_in_full_until_somebody_hears_what_they_took() {
    let mut ledger = Ledger::new(Caps::money(usd(100)));
    let run = Account::run();
    ledger
        .reserve(key("a"), &run, &model(1), usd(40), 4)
        .unwrap();
    assert_eq!(ledger.abandon(), [key("a")]);
    assert_eq!(ledger.spent(), amount(40, 4));
    assert_eq!(ledger.reserved(), Amount::ZERO);
    assert_eq!(ledger.abandon(), []);
    // A day that begins now has not counted it and gets nothing of it back.
    ledger.open_window(Window::Day, Caps::money(usd(50)), Amount::ZERO);
    ledger.settle(&key("a"), usd(15), 1).unwrap();
    assert_eq!(ledger.spent(), amount(15, 1));
    assert_eq!(ledger.spent_on(&model(1)), amount(15, 1));
    ledger
        .reserve(key("b"), &run, &model(1), usd(51), 0)
        .unwrap_err();
    ledger
        .reserve(key("b"), &run, &model(1), usd(50), 0)
        .unwrap();
    assert_eq!(
        ledger.settle(&key("a"), usd(15), 1),
        Err(Refusal::NotOpen(key("a")))
    );
}

#[test]
fn a_fork_keeps_what_was_spent_and_what_was_under_way() {
    let mut ledger = Ledger::new(Caps::money(usd(100)));
    let run = Account::run();
    ledger.open_window(Window::Day, Caps::money(usd(200)), amount(50, 0));
    ledger
        .reserve(key("a"), &run, &model(1), usd(30), 0)
        .unwrap();
    ledger.settle(&key("a"), usd(20), 0).unwrap();
    ledger
        .reserve(key("b"), &run, &model(1), usd(30), 0)
        .unwrap();
    let mut fork = ledger.fork();
    assert_eq!(fork.spent(), amount(50, 0));
    assert_eq!(fork.left(), Caps::money(usd(50)));
    assert_eq!(
        fork.settle(&key("b"), usd(1), 0),
        Err(Refusal::NotOpen(key("b")))
    );
    // Both runs are counted once in the day: 50 of others, 50 of the first one.
    fork.count(Window::Day, amount(100, 0)).unwrap();
    fork.limit(&run, Caps::NONE).unwrap();
    assert_eq!(fork.left(), Caps::money(usd(100)));
    assert_eq!(ledger.spent(), amount(20, 0));
}

#[test]
fn accounts_that_are_not_there_or_there_already_are_refused() {
    let mut ledger = Ledger::new(Caps::NONE);
    let (run, lost) = (Account::run(), account("lost"));
    assert_eq!(
        ledger.reserve(key("a"), &lost, &model(1), usd(1), 1),
        Err(Refusal::NoAccount(lost.clone()))
    );
    assert_eq!(
        ledger.carve(run.clone(), &run, Caps::NONE),
        Err(Refusal::Exists(run.clone()))
    );
    assert_eq!(ledger.left_for(&lost, None), Caps::NOTHING);
    let mut parent = run;
    let deepest = (0..100).find_map(|n| {
        let child = Account::agent(n);
        let refused = ledger.carve(child.clone(), &parent, Caps::NONE).err();
        parent = child;
        refused
    });
    assert!(
        matches!(deepest, Some(Refusal::TooDeep { most: 16, .. })),
        "{deepest:?}"
    );
    for bad in ["", "a b", "a\n", &"x".repeat(201)] {
        assert!(bad.parse::<Account>().is_err(), "{bad:?}");
        assert!(
            serde_json::from_value::<Key>(bad.into()).is_err(),
            "{bad:?}"
        );
    }
}

/// Sixty-four callers at once, each with calls that may take up to what is left: whatever the order,
/// the sum of what was really paid stays under the cap, that of each child under its part.
#[test]
fn sixty_four_callers_never_overspend() {
    const CALLERS: u64 = 64;
    const CAP: u64 = 1_000_003;
    let mut ledger = Ledger::new(caps(CAP, 500_000));
    for n in 0..8 {
        let child = Account::agent(n);
        ledger
            .carve(child, &Account::run(), Caps::money(usd(100_000)))
            .unwrap();
    }
    let ledger = Mutex::new(ledger);
    let paid = AtomicU64::new(0);
    let refused = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (ledger, paid, refused) = (&ledger, &paid, &refused);
            scope.spawn(move || {
                // A congruential sequence of its own: the calls differ, the test does not.
                let mut state = caller.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
                let mut draw = |below: u64| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    (state >> 33) % below
                };
                let payer = match u32::try_from(caller % 9).unwrap() {
                    8 => Account::run(),
                    n => Account::agent(n),
                };
                for n in 0..200 {
                    let key = key(&format!("{caller}#{n}"));
                    let (money, tokens) = (draw(900), draw(300));
                    let admitted = ledger.lock().unwrap().reserve(
                        key.clone(),
                        &payer,
                        &model(caller % 3),
                        usd(money),
                        tokens,
                    );
                    if admitted.is_err() {
                        refused.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    std::thread::yield_now();
                    let took = draw(money + 1);
                    paid.fetch_add(took, Ordering::Relaxed);
                    assert!(paid.load(Ordering::Relaxed) <= CAP);
                    let mut ledger = ledger.lock().unwrap();
                    ledger.settle(&key, usd(took), draw(tokens + 1)).unwrap();
                    let bound = ledger.spent().plus(ledger.reserved());
                    assert!(caps(CAP, 500_000).holds(bound), "{bound:?}");
                }
            });
        }
    });
    let ledger = ledger.into_inner().unwrap();
    assert_eq!(ledger.spent().money, usd(paid.into_inner()));
    assert_eq!(ledger.reserved(), Amount::ZERO);
    for n in 0..8 {
        assert!(ledger.spent_by(&Account::agent(n)).money <= usd(100_000));
    }
    // The caps were met, or the test would show nothing.
    assert!(refused.into_inner() > 0);
}

fn movement() -> impl Strategy<Value = Movement> {
    let name = (0_u32..6).prop_map(|n| match n {
        0 => Account::run(),
        n => Account::agent(n),
    });
    let some = || (0_u64..60, 0_u64..60).prop_map(|(money, tokens)| amount(money, tokens));
    let limits = || {
        (
            proptest::option::of(0_u64..120),
            proptest::option::of(0_u64..120),
        )
            .prop_map(|(money, tokens)| Caps {
                money: money.map(usd),
                tokens,
            })
    };
    let number = || (0_u32..40).prop_map(|n| key(&n.to_string()));
    let window = || prop_oneof![Just(Window::Day), Just(Window::Month)];
    prop_oneof![
        3 => (name.clone(), name.clone(), limits())
            .prop_map(|(child, parent, caps)| Movement::Carved { child, parent, caps }),
        8 => (number(), name.clone(), 0_u64..3, some()).prop_map(|(key, account, n, most)| {
            Movement::Reserved { key, account, model: model(n), most }
        }),
        6 => (number(), some()).prop_map(|(key, took)| Movement::Settled { key, took }),
        2 => number().prop_map(|key| Movement::Released { key }),
        1 => name.prop_map(|account| Movement::Closed { account }),
        1 => Just(Movement::Abandoned),
        1 => (0_u64..3, limits())
            .prop_map(|(n, caps)| Movement::ModelLimited { model: model(n), caps }),
        1 => (window(), limits(), some()).prop_map(|(window, caps, elsewhere)| {
            Movement::WindowOpened { window, caps, elsewhere }
        }),
        1 => (window(), some())
            .prop_map(|(window, elsewhere)| Movement::WindowCounted { window, elsewhere }),
    ]
}

/// Makes a settlement keep to what was reserved, as a provider does that keeps its own bounds.
fn kept(ledger: &Ledger, mut movement: Movement) -> Movement {
    if let Movement::Settled { key, took } = &mut movement {
        let most = [&ledger.open, &ledger.lost]
            .into_iter()
            .find_map(|holds| holds.get(key))
            .map_or(Amount::ZERO, |hold| hold.most);
        *took = Amount::new(took.money.min(most.money), took.tokens.min(most.tokens));
    }
    movement
}

fn check(ledger: &Ledger, root: Caps, carved: &BTreeMap<Account, (Account, Caps)>) {
    let used = |account: &Account| ledger.spent_by(account).plus(ledger.reserved_by(account));
    assert!(root.holds(used(&Account::run())), "the run is over its cap");
    for (child, (_, caps)) in carved {
        assert!(caps.holds(used(child)), "`{child}` is over its cap");
    }
    for parent in carved.keys().chain([&Account::run()]) {
        let below = carved
            .iter()
            .filter(|(_, (of, _))| of == parent)
            .fold(Amount::ZERO, |sum, (child, _)| sum.plus(used(child)));
        assert!(
            below.money <= used(parent).money && below.tokens <= used(parent).tokens,
            "the children of `{parent}` have more than it"
        );
    }
    let held = ledger
        .open()
        .fold(Amount::ZERO, |sum, (_, most)| sum.plus(most));
    assert_eq!(held, ledger.reserved());
    let models = (0..3).fold(Amount::ZERO, |sum, n| sum.plus(ledger.spent_on(&model(n))));
    assert_eq!(models, ledger.spent());

    // What is said to be left is what is admitted, to the micro-dollar and the token.
    for account in carved.keys().chain([&Account::run()]) {
        let left = ledger.left_for(account, Some(&model(0)));
        let wants = |money: u64, tokens: u64| {
            let mut tried = ledger.clone();
            tried
                .reserve(key("new"), account, &model(0), usd(money), tokens)
                .is_ok()
        };
        let most = |unit| left.of(unit).unwrap_or(1_000);
        let (money, tokens) = (most(Unit::Money), most(Unit::Tokens));
        if !ledger.tree.is_open(account) {
            assert!(!wants(0, 0));
            continue;
        }
        assert_eq!(left.money.is_none(), wants(u64::MAX / 2, 0), "{left:?}");
        assert!(wants(money, tokens), "{account} {left:?}");
        if left.money.is_some() {
            assert!(!wants(money + 1, 0));
        }
        if left.tokens.is_some() {
            assert!(!wants(0, tokens + 1));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_order_of_movements_overspends(
        money in 0_u64..300,
        tokens in 0_u64..300,
        movements in proptest::collection::vec(movement(), 0..60),
    ) {
        let root = caps(money, tokens);
        let mut ledger = Ledger::new(root);
        let mut carved = BTreeMap::new();
        let mut done = Vec::new();
        for movement in movements {
            let movement = kept(&ledger, movement);
            let before = ledger.clone();
            if ledger.apply(&movement).is_err() {
                prop_assert_eq!(&before, &ledger, "a refusal changed something");
                continue;
            }
            if let Movement::Carved { child, parent, caps } = &movement {
                carved.insert(child.clone(), (parent.clone(), *caps));
            }
            done.push(movement);
            check(&ledger, root, &carved);
        }
        prop_assert_eq!(&Ledger::fold(root, &done).unwrap(), &ledger);
        let text = serde_json::to_string(&ledger).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Ledger>(&text).unwrap(), &ledger);
        let text = serde_json::to_string(&done).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Vec<Movement>>(&text).unwrap(), &done);
        let fork = ledger.fork();
        prop_assert_eq!(fork.spent(), ledger.spent().plus(ledger.reserved()));
    }
}

#[test]
fn a_day_that_is_counted_again_goes_on_and_a_new_one_begins_anew() {
    let at = Timestamp::from_micros;
    let mut ledger = Ledger::new(Caps::NONE);
    ledger.open_window(Window::Day, Caps::money(usd(100)), Amount::ZERO);
    let run = Account::run();
    ledger
        .reserve(key("a"), &run, &model(1), usd(30), 0)
        .unwrap();
    ledger.settle(&key("a"), usd(30), 0).unwrap();
    // The first word about when it began changes nothing else.
    ledger
        .count_since(Window::Day, at(0), amount(50, 0))
        .unwrap();
    assert_eq!(ledger.left(), Caps::money(usd(20)));
    ledger
        .count_since(Window::Day, at(0), amount(65, 0))
        .unwrap();
    assert_eq!(ledger.left(), Caps::money(usd(5)));
    let over = ledger.over(&run, &model(1), amount(6, 0)).unwrap();
    assert_eq!(over.cap, Cap::Window(Window::Day));
    assert_eq!(ledger.over(&run, &model(1), amount(5, 0)), None);
    ledger
        .count_since(Window::Day, at(1), amount(10, 0))
        .unwrap();
    assert_eq!(ledger.left(), Caps::money(usd(90)));
    ledger
        .set(&over.cap, ledger.caps(&over.cap).with(Unit::Money, 200))
        .unwrap();
    assert_eq!(ledger.left(), Caps::money(usd(190)));
    let month = ledger.count_since(Window::Month, at(0), Amount::ZERO);
    assert_eq!(month, Err(Refusal::NoWindow(Window::Month)));
}
