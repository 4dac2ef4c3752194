//! Policy: what may happen without asking, what must be asked for, and what never happens.

use serde::{Deserialize, Serialize};

use crate::effect::EffectClass;
use crate::plan::Step;
use crate::skill::Reach;

/// What the policy says about a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// It may happen.
    Allow,
    /// Somebody has to agree first.
    Ask,
    /// It must not happen.
    Deny,
}

/// One rule of the user. The first rule that fits a step decides, but a `deny` anywhere wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The skill, or `*`.
    #[serde(default = "any")]
    pub skill: String,
    /// The action, or `*`.
    #[serde(default = "any")]
    pub action: String,
    /// What is to be done.
    pub ruling: Ruling,
}

fn any() -> String {
    "*".to_owned()
}

/// The user's rules, which stand before the built-in ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Policy(Vec<Rule>);

/// A ruling with the rule that it follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruled {
    /// The ruling.
    pub ruling: Ruling,
    /// The rule, for people.
    pub because: String,
}

impl Policy {
    /// Makes a policy of the user's rules.
    pub const fn new(rules: Vec<Rule>) -> Self {
        Self(rules)
    }

    /// Rules on a step.
    ///
    /// Without a rule of the user: what can be repeated or taken back may happen; what cannot be
    /// taken back, or reaches beyond this machine, must be asked for.
    pub fn rule(&self, step: &Step) -> Ruled {
        if let Some(ruled) = self.own(step) {
            return ruled;
        }
        if step.class == EffectClass::Irreversible {
            return Ruled {
                ruling: Ruling::Ask,
                because: "it cannot be taken back".to_owned(),
            };
        }
        if step.reach == Reach::Outbound {
            return Ruled {
                ruling: Ruling::Ask,
                because: "it reaches beyond this machine".to_owned(),
            };
        }
        Ruled {
            ruling: Ruling::Allow,
            because: format!("it is {}", step.class),
        }
    }

    /// Rules on a step whose action has looked and found a reason why somebody has to agree. Who is asked
    /// because of a rule is told what was found as well: to agree to an action unseen is another thing.
    pub fn rule_seen(&self, step: &Step, why: &str) -> Ruled {
        let seen = Ruled {
            ruling: Ruling::Ask,
            because: why.to_owned(),
        };
        match self.own(step) {
            Some(own) if own.ruling != Ruling::Ask => own,
            Some(_) | None => seen,
        }
    }

    /// Returns what a rule of the user says, if one fits.
    fn own(&self, step: &Step) -> Option<Ruled> {
        let fits = |pattern: &str, name: &str| pattern == "*" || pattern == name;
        let fitting: Vec<&Rule> = self
            .0
            .iter()
            .filter(|rule| fits(&rule.skill, &step.skill) && fits(&rule.action, &step.action))
            .collect();
        let denied = fitting.iter().find(|rule| rule.ruling == Ruling::Deny);
        denied.or_else(|| fitting.first()).map(|rule| Ruled {
            ruling: rule.ruling.clone(),
            because: format!("your rule for {}.{}", rule.skill, rule.action),
        })
    }
}

/// Tells why no skill may edit a path, if none may: version control's own files and VENOM's project
/// configuration run code or loosen rules later, so that only the user and git itself write them.
pub fn protected(path: &crate::change::RelPath) -> Option<&'static str> {
    let mut parts = path.as_str().split('/');
    if path
        .as_str()
        .split('/')
        .any(|part| part.eq_ignore_ascii_case(".git"))
    {
        return Some("it belongs to git");
    }
    parts
        .next()
        .filter(|first| first.eq_ignore_ascii_case(".venom"))
        .map(|_| "it configures VENOM")
}

#[cfg(test)]
mod tests;
