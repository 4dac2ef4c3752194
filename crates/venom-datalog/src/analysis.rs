//! What is known of a set of rules before any fact: their order, which recurse, which are graphs.

use std::collections::BTreeMap;

use crate::check::{Need, Needs};
use crate::closure;
use crate::evaluate::Stratum;
use crate::rule::{Edge, Rule};
use crate::store::Pred;

pub(crate) struct Analysis {
    /// Groups of predicates in the order of evaluation, those without rules included.
    pub(crate) strata: Vec<Vec<Pred>>,
    pub(crate) needs: Needs,
    pub(crate) has_rules: Vec<bool>,
    pub(crate) is_recursive: Vec<bool>,
    pub(crate) graphs: Vec<Option<Edge>>,
}

impl Analysis {
    pub(crate) fn empty() -> Self {
        Self {
            strata: Vec::new(),
            needs: Needs::new(0),
            has_rules: Vec::new(),
            is_recursive: Vec::new(),
            graphs: Vec::new(),
        }
    }

    /// Looks at the rules of predicates below `count`. Fails with a cycle that cannot be ordered.
    pub(crate) fn new(rules: &[Rule], count: usize) -> Result<Self, Vec<(Pred, Need)>> {
        let mut needs = Needs::new(count);
        let mut by_head: BTreeMap<Pred, Vec<&Rule>> = BTreeMap::new();
        let mut has_rules = vec![false; count];
        for rule in rules {
            has_rules[rule.head] = true;
            by_head.entry(rule.head).or_default().push(rule);
            for (body, need) in rule.needs() {
                needs.add(rule.head, body, need);
            }
        }
        let strata = needs.strata()?;
        let mut is_recursive = vec![false; count];
        let mut graphs = vec![None; count];
        for group in &strata {
            for pred in group {
                let of_pred = by_head.get(pred).map_or(&[][..], Vec::as_slice);
                is_recursive[*pred] = group.len() > 1
                    || of_pred
                        .iter()
                        .any(|rule| rule.needs().any(|(body, _)| body == *pred));
                if group.len() == 1 && is_recursive[*pred] {
                    graphs[*pred] = closure::recognise(*pred, of_pred);
                }
            }
        }
        Ok(Self {
            strata,
            needs,
            has_rules,
            is_recursive,
            graphs,
        })
    }

    /// The strata of those predicates that are wanted, with their rules.
    pub(crate) fn with_rules<'a>(
        &self,
        rules: &'a [Rule],
        is_wanted: impl Fn(Pred) -> bool,
    ) -> Vec<Stratum<'a>> {
        let mut stratum_of = vec![usize::MAX; self.has_rules.len()];
        let mut strata = Vec::new();
        for group in &self.strata {
            if !group
                .iter()
                .any(|pred| self.has_rules[*pred] && is_wanted(*pred))
            {
                continue;
            }
            for pred in group {
                stratum_of[*pred] = strata.len();
            }
            let closure = match group.as_slice() {
                [pred] => self.graphs[*pred].clone(),
                _ => None,
            };
            strata.push(Stratum {
                preds: group.clone(),
                rules: Vec::new(),
                closure,
            });
        }
        for rule in rules {
            if let Some(stratum) = strata.get_mut(stratum_of[rule.head]) {
                stratum.rules.push(rule);
            }
        }
        strata
    }
}
