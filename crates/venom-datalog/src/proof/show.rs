//! A proof as an indented text.

use std::fmt;

use super::{Because, Premise, Proof};
use crate::value::Source;

/// Deeper steps are not indented further. Chosen: a line stays readable, and a proof of a thousand
/// steps is no million spaces.
const DEEPEST: usize = 24;

impl fmt::Display for Proof {
    /// One line a fact, its premises indented below; a fact that was shown is not taken apart again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = vec![false; self.steps.len()];
        // Lines still to come, the next one last: premises and how far they are indented.
        let mut stack: Vec<(&Premise, usize)> = vec![(&Premise::Fact(0), 0)];
        while let Some((premise, level)) = stack.pop() {
            write!(f, "{:1$}", "", 2 * level.min(DEEPEST))?;
            let place = match premise {
                Premise::Absent(pattern) => {
                    writeln!(f, "no fact {pattern}")?;
                    continue;
                }
                Premise::Holds(condition) => {
                    writeln!(f, "{condition}")?;
                    continue;
                }
                Premise::Fact(place) => *place,
            };
            let (Some(step), Some(was_shown)) = (self.steps.get(place), shown.get_mut(place))
            else {
                continue;
            };
            write!(f, "{}", step.fact)?;
            match &step.because {
                Because::Told(sources) => {
                    f.write_str(", told by")?;
                    for source in sources {
                        match *source {
                            Source::PROGRAM => f.write_str(" the program")?,
                            Source(number) => write!(f, " {number}")?,
                        }
                    }
                    writeln!(f)?;
                }
                Because::Rule { .. } if *was_shown => writeln!(f, ", shown above")?,
                Because::Rule { rule, premises } => {
                    writeln!(f, ", by {rule}")?;
                    stack.extend(premises.iter().rev().map(|premise| (premise, level + 1)));
                }
            }
            *was_shown = true;
        }
        Ok(())
    }
}
