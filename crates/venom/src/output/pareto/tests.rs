use venom_kernel::money::MicroUsd;
use venom_kernel::time::Millis;

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
    check(
        &some(),
        70,
        concat!(
            "100 % |\n",
            "      |                                                             A\n",
            "      |                                                     B.......\n",
            " 83 % |                                                          a\n",
            "      |      C..............................................\n",
            "      |\n",
            " 67 % |\n",
            "      |                            b\n",
            "      |   D..\n",
            " 51 % |\n",
            "      |   c\n",
            " 40 % |\n",
            "      +--------------------------------------------------------------\n",
            "       free  $0.002100                               $0.075000 a call\n",
            "\n",
            "   model                      success  cost       time   where\n",
            "A  anthropic/claude-opus-4-5  93.1 %   $0.075000  3.7 s  cloud  front\n",
            "B  anthropic/claude-sonnet-4  87.0 %   $0.045000  3.4 s  cloud  front\n",
            "C  gemini/flash-2.0           76.8 %   $0.002100  3.0 s  cloud  front\n",
            "D  ollama/llama3.1            54.0 %   $0.00      2.1 s  local  front\n",
            "a  gemini/ultra-2.0           81.2 %   $0.061000  3.2 s  cloud  behind\n",
            "b  openai/other               62.0 %   $0.009000  2.4 s  cloud  behind\n",
            "c  ollama/mistral             48.0 %   $0.00      1.9 s  local  behind\n",
        ),
    );
}

#[test]
fn models_that_all_cost_nothing_have_no_axis_of_costs() {
    let points = [
        point("ollama/a", 500, 0, true),
        point("ollama/b", 500, 0, true),
    ];
    check(
        &points,
        70,
        concat!(
            " 50 % |  BA..........................\n",
            "      |\n",
            "      |\n",
            " 47 % |\n",
            "      |\n",
            "      |\n",
            " 44 % |\n",
            "      |\n",
            "      |\n",
            " 41 % |\n",
            "      |\n",
            " 40 % |\n",
            "      +------------------------------\n",
            "       free\n",
            "\n",
            "   model     success  cost   time   where\n",
            "A  ollama/a  50.0 %   $0.00  2.0 s  local  front\n",
            "B  ollama/b  50.0 %   $0.00  2.0 s  local  front\n",
        ),
    );
}

#[test]
fn one_model_stands_in_the_middle() {
    check(
        &[point("x/y", 1_000, 100, true)],
        20,
        concat!(
            "100 % |           A............\n",
            "      |\n",
            "      |\n",
            " 97 % |\n",
            "      |\n",
            "      |\n",
            " 94 % |\n",
            "      |\n",
            "      |\n",
            " 91 % |\n",
            "      |\n",
            " 90 % |\n",
            "      +------------------------\n",
            "       $0.000100 a call\n",
            "\n",
            "   model  success  cost       time   where\n",
            "A  x/y    100.0 %  $0.000100  4.0 s  cloud  front\n",
        ),
    );
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
        assert!(text.lines().take(14).all(|line| line.len() <= MARGIN + 156));
        for point in &points {
            assert!(text.contains(point.model.as_str()));
        }
    }
}
