//! Clauses: cutting a goal into the things that are to be done, with their order.

/// The most joints that a goal is cut at. Chosen: every subset of them is tried.
const JOINTS: usize = 6;

/// One way to cut a goal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cut {
    pub(super) parts: Vec<Part>,
}

/// One thing that is to be done. Parts are numbered from 1 in the order of the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) text: String,
    /// Parts that must be done before.
    pub(super) after: Vec<u16>,
}

/// How two neighbouring clauses hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// "a and b", "a, b": as they come, without an order that must be kept.
    And,
    /// "a then b", "a. b": b after a.
    Then,
    /// "a after b": a after b.
    After,
}

/// Words that join clauses, longest first so that ", and then" is not read as ", and".
const JOINTS_BY_WORDS: &[(&str, Joint)] = &[
    (", and after that ", Joint::Then),
    (" and after that ", Joint::Then),
    (", and finally ", Joint::Then),
    (" and finally ", Joint::Then),
    (", and then ", Joint::Then),
    (" and then ", Joint::Then),
    (", after that ", Joint::Then),
    ("; after that ", Joint::Then),
    (", afterwards ", Joint::Then),
    (" afterwards ", Joint::Then),
    (", finally ", Joint::Then),
    (" before you ", Joint::Then),
    (", then ", Joint::Then),
    ("; then ", Joint::Then),
    (" before ", Joint::Then),
    (" then ", Joint::Then),
    (" after you ", Joint::After),
    (" after ", Joint::After),
    (" once ", Joint::After),
    (", and ", Joint::And),
    (" and ", Joint::And),
    (" & ", Joint::And),
    ("; ", Joint::And),
    (", ", Joint::And),
    (". ", Joint::Then),
    ("\n", Joint::Then),
];

/// Words at the beginning that turn two clauses around: "after a, b" and "before a, b".
const LEADS: &[(&str, Joint)] = &[
    ("after ", Joint::Then),
    ("once ", Joint::Then),
    ("when ", Joint::Then),
    ("first ", Joint::Then),
    ("before ", Joint::After),
];

/// Returns every sensible way to cut a goal, the uncut one first.
pub(super) fn cuts(goal: &str) -> Vec<Cut> {
    let goal = goal.trim();
    let bare = goal.trim_end_matches(['.', '!', '?']);
    // A mark that stands alone is no end of a sentence: "replace every unwrap() with ?".
    let goal = if bare.ends_with(char::is_whitespace) {
        goal
    } else {
        bare
    };
    let (clauses, joints) = split(goal);
    let mut cuts = vec![Cut {
        parts: vec![Part {
            text: goal.to_owned(),
            after: Vec::new(),
        }],
    }];
    for chosen in 1..(1_u32 << joints.len()) {
        let cut = assemble(goal, &clauses, &joints, chosen);
        if cut
            .parts
            .iter()
            .all(|part| part.text.chars().any(char::is_alphabetic))
        {
            cuts.push(cut);
        }
    }
    cuts
}

/// A piece of the goal: where it begins and ends, in bytes.
type Span = (usize, usize);

/// Splits at every joint outside quotes, at most at the first few.
fn split(goal: &str) -> (Vec<Span>, Vec<Joint>) {
    let lower = goal.to_lowercase();
    // Lower case may change the length of a text; then its places cannot be used.
    let lower = if lower.len() == goal.len() {
        lower
    } else {
        goal.to_owned()
    };
    let mut clauses = Vec::new();
    let mut joints = Vec::new();
    let (mut from, mut at) = (0, 0);
    let mut quote: Option<char> = None;
    while let Some(rest) = lower.get(at..) {
        let Some(c) = rest.chars().next() else { break };
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '`') => quote = Some(c),
            None if joints.len() < JOINTS => {
                if let Some((words, joint)) = JOINTS_BY_WORDS
                    .iter()
                    .find(|(words, _)| rest.starts_with(words) && !is_repetition(rest))
                {
                    clauses.push((from, at));
                    joints.push(*joint);
                    at += words.len();
                    from = at;
                    continue;
                }
            }
            None => {}
        }
        at += c.len_utf8();
    }
    clauses.push((from, goal.len()));
    (clauses, joints)
}

/// "once more" joins nothing.
fn is_repetition(rest: &str) -> bool {
    [" once more", " once again"]
        .iter()
        .any(|words| rest.starts_with(words))
}

/// Builds the cut that is made at the chosen joints (a bit for each); at the others the words stay
/// together as they were written.
fn assemble(goal: &str, clauses: &[Span], joints: &[Joint], chosen: u32) -> Cut {
    let mut pieces: Vec<(Span, Option<Joint>)> = Vec::new();
    for (n, span) in clauses.iter().enumerate() {
        let before = n
            .checked_sub(1)
            .and_then(|before| joints.get(before))
            .copied();
        let is_cut = n > 0 && (chosen >> (n - 1)) & 1 == 1;
        match pieces.last_mut() {
            Some((last, _)) if !is_cut => last.1 = span.1,
            Some(_) | None => pieces.push((*span, before)),
        }
    }
    let mut parts: Vec<Part> = Vec::new();
    let mut turned = None;
    for (number, ((from, to), joint)) in (1_u16..).zip(pieces) {
        let words = goal.get(from..to).unwrap_or_default().trim();
        let lower = words.to_lowercase();
        let lead = LEADS.iter().find(|(lead, _)| lower.starts_with(lead));
        let text = match lead {
            Some((lead, _)) => words.get(lead.len()..).unwrap_or(words).to_owned(),
            None => words.to_owned(),
        };
        let previous = number.saturating_sub(1);
        let how = turned.take().or(joint);
        let mut after = Vec::new();
        match how {
            Some(Joint::Then) if previous > 0 => {
                // Everything said so far comes first, not only the neighbour.
                after.extend(1..number);
            }
            Some(Joint::After) if previous > 0 => {
                if let Some(part) = parts.last_mut() {
                    part.after.push(number);
                    part.after.retain(|wanted| *wanted != previous);
                }
            }
            Some(Joint::Then | Joint::After | Joint::And) | None => {}
        }
        turned = lead.map(|(_, joint)| *joint);
        parts.push(Part { text, after });
    }
    break_circles(&mut parts);
    Cut { parts }
}

/// "a then b after a": what was said last counts.
fn break_circles(parts: &mut [Part]) {
    let orders: Vec<(u16, Vec<u16>)> = (1_u16..)
        .zip(parts.iter())
        .map(|(n, part)| (n, part.after.clone()))
        .collect();
    for (number, part) in (1_u16..).zip(parts.iter_mut()) {
        part.after.retain(|wanted| {
            let waits_for_me = orders
                .iter()
                .find(|(n, _)| n == wanted)
                .is_some_and(|(_, after)| after.contains(&number));
            !(waits_for_me && *wanted < number)
        });
    }
}

#[cfg(test)]
mod tests;
