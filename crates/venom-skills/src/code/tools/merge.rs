//! One list out of several: what two tools say about the same place is one finding with both of
//! them as its sources. What our own rules say comes first, and its words stay.

use super::super::{Finding, Kind};

/// How many lines two reports of one weakness may lie apart, where both are inside one statement for
/// neither of them. Tools point at the text of a query or at the call that runs it.
const APART: u32 = 1;

/// Puts what others found to what was found here.
pub(in crate::code) fn merge(mut own: Vec<Finding>, others: Vec<Finding>) -> Vec<Finding> {
    for other in others {
        let twin = own.iter_mut().find(|known| is_same(known, &other));
        match twin {
            Some(known) => {
                for source in other.sources {
                    if !known.sources.contains(&source) {
                        known.sources.push(source);
                    }
                }
                // A mark that one of them heeds is a mark in the text for all of them.
                if known.suppressed.is_none() && !known.is_own() {
                    known.suppressed = other.suppressed;
                }
                if !known.is_own() {
                    known.severity = known.severity.max(other.severity);
                    known.cwe = if known.cwe == 0 { other.cwe } else { known.cwe };
                }
            }
            None => own.push(other),
        }
    }
    own.sort_by(|one, two| {
        (&one.path, one.line, one.column, &one.rule)
            .cmp(&(&two.path, two.line, two.column, &two.rule))
    });
    own
}

/// Whether two findings are about the same weakness of the same code.
fn is_same(one: &Finding, two: &Finding) -> bool {
    if one.path != two.path {
        return false;
    }
    if one.kind != Kind::Other || two.kind != Kind::Other {
        return one.kind == two.kind
            && one.line <= two.end_line.saturating_add(APART)
            && two.line <= one.end_line.saturating_add(APART)
            && !(one.tool() == two.tool() && one.line != two.line);
    }
    one.line == two.line
        && one.tool() != two.tool()
        && (number(one).is_some() && number(one) == number(two)
            || one.cwe != 0 && one.cwe == two.cwe)
}

/// The number of a test that bandit writes with a `B` and ruff with an `S`.
fn number(finding: &Finding) -> Option<&str> {
    let rule = &finding.sources.first()?.rule;
    let digits = rule.strip_prefix(['B', 'S'])?;
    let is_number = digits.len() == 3 && digits.chars().all(|c| c.is_ascii_digit());
    is_number.then_some(digits)
}

impl Finding {
    /// The tool that found it first.
    pub(in crate::code) fn tool(&self) -> &str {
        self.sources
            .first()
            .map_or("", |source| source.tool.as_str())
    }
}
