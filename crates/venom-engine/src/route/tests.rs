use venom_kernel::model::Price;
use venom_kernel::time::Millis;

use super::*;

const TOOLS: &[Need] = &[Need::Tools];

fn info(id: &str, quality: u16, tools: bool) -> ModelInfo {
    ModelInfo {
        id: id.parse().unwrap(),
        context: 10_000,
        max_output: 1_000,
        price: Price::FREE,
        privacy: Privacy::Local,
        tools,
        schema: false,
        images: false,
        thinking: false,
        quality: BTreeMap::from([(Kind::Code, quality)]),
        typical: Millis::from_secs(1),
    }
}

#[test]
fn a_named_model_is_never_replaced() {
    let models = [info("a/one", 100, true), info("b/two", 900, true)];
    let one: ModelId = "a/one".parse().unwrap();
    let chosen = select(&models, Some((&one, "--model")), Kind::Code).unwrap();
    assert_eq!(chosen.model, one);
    let other: ModelId = "a/other".parse().unwrap();
    let refused = select(&models, Some((&other, "--model")), Kind::Code).unwrap_err();
    assert!(refused.hint.is_some() && refused.message.contains("a/other"));
}

#[test]
fn else_the_best_that_calls_tools_is_chosen() {
    let models = [
        info("a/one", 400, true),
        info("b/two", 700, true),
        info("c/mute", 900, false),
    ];
    let chosen = select(&models, None, Kind::Code).unwrap();
    assert_eq!(chosen.model.as_str(), "b/two");
    assert!(select(&[], None, Kind::Code).is_err());
}

fn wanted(pin: Option<&str>) -> Demand {
    Demand {
        kind: Kind::Code,
        prompt: 1_000,
        output: 500,
        longest: 512,
        needs: Vec::new(),
        privacy: Privacy::Cloud,
        left: Caps::NONE,
        prefer: Prefer::Balanced,
        worth: None,
        pin: pin.map(|id| id.parse().unwrap()),
    }
}

#[test]
fn who_calls_tools_by_itself_goes_before_who_is_asked_in_words() {
    let models = [info("a/mute", 900, false), info("b/able", 300, true)];
    let candidates = models.each_ref().map(|info| Candidate::new(info, None));
    let (_, choice) = fitting(&wanted(None), TOOLS, &candidates, 7).unwrap();
    assert_eq!(choice.model.as_str(), "b/able");
    let (_, choice) = fitting(&wanted(None), TOOLS, &candidates[..1], 7).unwrap();
    assert_eq!(choice.model.as_str(), "a/mute");
    // Whoever names it gets it.
    let (_, choice) = fitting(&wanted(Some("a/mute")), TOOLS, &candidates, 7).unwrap();
    assert_eq!(choice.model.as_str(), "a/mute");
    assert!(choice.fallbacks.is_empty());
}

#[test]
fn an_empty_purse_leaves_the_choice_and_the_run_decides() {
    let mut dear = info("a/dear", 900, true);
    dear.price.input = MicroUsd::new(1_000_000_000);
    let mut candidate = Candidate::new(&dear, None);
    candidate.left = Caps::money(MicroUsd::new(1));
    let demand = Demand {
        left: Caps::money(MicroUsd::new(10)),
        ..wanted(None)
    };
    let (demand, choice) = fitting(&demand, TOOLS, &[candidate], 7).unwrap();
    assert_eq!(choice.model.as_str(), "a/dear");
    assert_eq!(demand.left, Caps::NONE);
}

#[test]
fn refusals_say_what_to_do() {
    let models = [info("a/one", 900, true)];
    let mut candidate = Candidate::new(&models[0], None);
    candidate.health = Health::Broken;
    // Who was not there lately is asked all the same where there is nobody else.
    assert!(fitting(&wanted(None), TOOLS, &[candidate], 7).is_ok());
    let large = Demand {
        prompt: 1 << 40,
        ..wanted(None)
    };
    let failure = refused(fitting(&large, TOOLS, &[candidate], 7).unwrap_err());
    assert!(
        failure.message.contains("a/one: the work needs"),
        "{failure:?}"
    );
    assert!(failure.hint.is_some_and(|hint| hint.contains("models add")));
    let none = refused(fitting(&wanted(None), TOOLS, &[], 7).unwrap_err());
    assert_eq!(none.kind, FailureKind::Missing);
    let gone = refused(fitting(&wanted(Some("b/two")), TOOLS, &[candidate], 7).unwrap_err());
    assert!(gone.message.contains("b/two"), "{gone:?}");
}

#[test]
fn who_sees_no_pictures_is_never_asked_about_one() {
    let mut models = [info("a/blind", 900, true), info("b/sighted", 300, false)];
    models[1].images = true;
    let candidates = models.each_ref().map(|info| Candidate::new(info, None));
    let demand = |pin| Demand {
        needs: vec![Need::Images],
        ..wanted(pin)
    };
    let (_, choice) = fitting(&demand(None), TOOLS, &candidates, 7).unwrap();
    assert_eq!(choice.model.as_str(), "b/sighted");
    for (pin, candidates) in [(Some("a/blind"), &candidates[..]), (None, &candidates[..1])] {
        let failure = refused(fitting(&demand(pin), TOOLS, candidates, 7).unwrap_err());
        let hint = failure.hint.unwrap_or_default();
        assert!(hint.contains("sees pictures"), "{pin:?}: {hint}");
    }
}
