use std::sync::OnceLock;

use super::super::tests::{Reader, shop};
use super::*;

/// Learning takes seconds, so that the tests share what was learned.
fn reader() -> &'static Reader {
    static READER: OnceLock<Reader> = OnceLock::new();
    READER.get_or_init(Reader::new)
}

/// Reads a goal with what a model said about it.
fn advised(goal: &str, answer: &Value, answers: &[(&str, &str)]) -> Option<Intent> {
    let reader = reader();
    let names = shown(goal, &reader.library, &reader.trained);
    let advised = read(&answer.to_string(), goal, &names)?;
    let answers = answers
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let (intent, _) = super::super::read(
        goal,
        &reader.library,
        &reader.trained,
        &shop(),
        &answers,
        Some(&advised),
    );
    Some(joined(intent, goal))
}

fn part(text: &str, procedure: &str) -> Value {
    json!({"text": text, "procedure": procedure, "values": [], "after": []})
}

fn answer(parts: &[Value]) -> Value {
    json!({"parts": parts, "target": null, "constraints": [], "confidence": 0.9})
}

#[test]
fn agreement_makes_surer_and_its_own_word_counts_for_little() {
    let sure =
        |words: u16, own: f64| agreed(Confidence::from_thousandths(words), own).thousandths();
    assert_eq!(sure(0, 1.0), 0, "what the words rule out stays ruled out");
    assert_eq!(sure(1_000, 0.0), 1_000);
    assert!(sure(500, 0.9) > 900 && sure(500, 0.0) > 800);
    assert!(sure(100, 1.0) < 800, "a weak guess stays a question");
    assert!(sure(600, f64::NAN) > 800);
    for words in 0..=1_000 {
        assert!(sure(words, 0.7) >= words, "{words}");
    }
}

#[test]
fn a_model_that_agrees_saves_a_question() {
    // Understood with doubt by the words alone.
    let goal = "give the test suite a spin";
    let reader = reader();
    let alone = reader.read(goal);
    let own = alone.goals[0].clone();
    if own.action != "run-tests" || own.confidence < WORTH {
        // The matcher has learned it meanwhile: the next lines would prove nothing.
        assert!(own.confidence.is_enough() || own.action != "run-tests");
        return;
    }
    let with = advised(goal, &answer(&[part(goal, "run-tests")]), &[]).unwrap();
    assert!(with.goals[0].confidence >= own.confidence);
    assert_eq!(with.goals[0].action, "run-tests");
}

const WORTH: Confidence = Confidence::from_thousandths(100);

#[test]
fn disagreement_asks_and_the_answer_decides() {
    let goal = "run the tests";
    let said = answer(&[part(goal, "build")]);
    let Some(intent) = advised(goal, &said, &[]) else {
        panic!("the answer has the form");
    };
    let asked = intent.questions();
    assert_eq!(asked.len(), 1);
    let offered: Vec<&str> = asked[0]
        .1
        .choices
        .iter()
        .map(|c| c.value.as_str())
        .collect();
    assert!(
        offered.contains(&"build") && offered.contains(&"run-tests"),
        "{offered:?}"
    );
    assert!(offered.contains(&BOOK), "{offered:?}");
    let key = intent.goals[0].action_key();
    let chosen = advised(goal, &said, &[(&key, BOOK)]).unwrap();
    assert_eq!(chosen.goals[0].action, BOOK);
    assert_eq!(chosen.goals[0].params["task"], goal);
    let chosen = advised(goal, &said, &[(&key, "run-tests")]).unwrap();
    assert_eq!(chosen.goals[0].action, "run-tests");
    assert!(chosen.questions().is_empty());
}

#[test]
fn work_of_several_parts_is_one_goal_that_knows_them() {
    let goal = "paint the shed and plant roses around it";
    let said = answer(&[
        part("paint the shed", WORK),
        part("plant roses around it", WORK),
    ]);
    let intent = advised(goal, &said, &[]).unwrap();
    assert_eq!(intent.goals.len(), 1);
    assert_eq!(intent.goals[0].action, BOOK);
    assert_eq!(intent.goals[0].params["task"], goal);
    let parts = json!(["paint the shed", "plant roses around it"]);
    assert_eq!(intent.goals[0].params[PARTS_OF], parts);
}

#[test]
fn a_known_part_beside_work_keeps_its_procedure() {
    let goal = "run the tests and then paint the shed";
    let mut second = part("paint the shed", WORK);
    second["after"] = json!([1, 2, 7]);
    let said = answer(&[part("run the tests", "run-tests"), second]);
    let intent = advised(goal, &said, &[]).unwrap();
    let actions: Vec<&str> = intent.goals.iter().map(|g| g.action.as_str()).collect();
    assert_eq!(actions, ["run-tests", BOOK]);
    assert_eq!(
        intent.goals[1].after,
        [1],
        "only earlier parts are waited for"
    );
}

#[test]
fn what_was_not_said_is_not_understood() {
    let goal = "paint the shed, but keep the door as it is";
    let mut said = answer(&[part(goal, WORK)]);
    said["constraints"] = json!(["keep the door as it is", "use only green paint"]);
    said["target"] = json!("the garage");
    let intent = advised(goal, &said, &[]).unwrap();
    assert_eq!(intent.constraints, ["keep the door as it is"]);
    assert_eq!(intent.target, None);
    let made_up = answer(&[
        part("paint the shed", WORK),
        part("delete everything", WORK),
    ]);
    assert!(advised(goal, &made_up, &[]).is_none());
}

#[test]
fn an_answer_without_the_form_is_none() {
    let goal = "paint the shed";
    for bad in [
        json!({}),
        json!([]),
        json!({"parts": []}),
        answer(&[]),
        answer(&[part(goal, "no-such-procedure")]),
        json!({"parts": [part(goal, WORK)], "target": null, "constraints": [], "confidence": "high"}),
    ] {
        assert!(advised(goal, &bad, &[]).is_none(), "{bad}");
    }
}

#[test]
fn the_form_can_be_kept_to_strictly() {
    fn closed(schema: &Value) -> bool {
        match schema {
            Value::Object(map) => {
                let is_closed = map.get("type") != Some(&json!("object"))
                    || (map.get("additionalProperties") == Some(&json!(false))
                        && map["required"].as_array().unwrap().len()
                            == map["properties"].as_object().unwrap().len());
                is_closed && map.values().all(closed)
            }
            Value::Array(items) => items.iter().all(closed),
            _ => true,
        }
    }
    assert!(closed(&form(&["run-tests".to_owned()])));
}
