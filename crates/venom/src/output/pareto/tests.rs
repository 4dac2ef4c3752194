use super::*;

fn point(model: &str, quality: u16, micros: u64, is_front: bool) -> Point {
    Point {
        model: model.parse().unwrap(),
        quality,
        cost: MicroUsd::new(micros),
        took: Millis::new(u64::from(quality) * 4),
        privacy: if micros == 0 {
            Privacy::Local
        } else {
            Privacy::Cloud
        },
        is_front,
    }
}

fn some() -> Vec<Point> {
    vec![
        point("anthropic/claude-opus-4-5", 931, 75_000, true),
        point("anthropic/claude-sonnet-4", 870, 45_000, true),
        point("gemini/flash-2.0", 768, 2_100, true),
        point("gemini/ultra-2.0", 812, 61_000, false),
        point("openai/other", 620, 9_000, false),
        point("ollama/llama3.1", 540, 0, true),
        point("ollama/mistral", 480, 0, false),
    ]
}

const PLAIN: Paint = Paint { on: false };

fn check(points: &[Point], columns: usize, expected: &str) {
    let found = draw(points, columns, PLAIN);
    assert_eq!(found, expected, "found:\n{found}");
    assert!(found.is_ascii());
    assert!(found.lines().all(|line| line.trim_end() == line));
    let mut reversed = points.to_vec();
    reversed.reverse();
    assert_eq!(draw(&reversed, columns, PLAIN), found);
}

#[test]
fn quality_is_drawn_over_cost() {
    check(&some(), 70, "");
}

#[test]
fn models_that_all_cost_nothing_have_no_axis_of_costs() {
    let points = [
        point("ollama/a", 500, 0, true),
        point("ollama/b", 500, 0, true),
    ];
    check(&points, 70, "");
}

#[test]
fn one_model_stands_in_the_middle() {
    check(&[point("x/y", 1_000, 100, true)], 20, "");
}

#[test]
fn without_models_nothing_is_drawn() {
    check(&[], 70, "There are no models to draw.\n");
}

/// Colours are put around what stands there anyway: whoever takes them out has the plain drawing.
#[test]
fn colours_say_nothing_of_their_own() {
    let plain = draw(&some(), 70, PLAIN);
    let painted = draw(&some(), 70, Paint { on: true });
    assert_ne!(painted, plain);
    let mut stripped = String::new();
    let mut rest = painted.chars();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' {
            rest.by_ref().find(|c| *c == 'm');
        } else {
            stripped.push(c);
        }
    }
    assert_eq!(stripped, plain);
}

#[test]
fn a_crowd_and_absurd_numbers_are_drawn_too() {
    let mut points: Vec<Point> = (0_u16..90)
        .map(|n| point(&format!("x/m{n}"), 500, 1_000, n % 2 == 0))
        .collect();
    points.push(point("x/dear", u16::MAX, u64::MAX, true));
    points.push(point("x/bad", 0, 1, false));
    for columns in [0, 1, 30, 200, usize::MAX] {
        let text = draw(&points, columns, PLAIN);
        assert!(
            text.lines()
                .take(ROWS + 2)
                .all(|line| line.len() <= MARGIN + WIDEST + 60)
        );
        for point in &points {
            assert!(text.contains(point.model.as_str()));
        }
    }
}
