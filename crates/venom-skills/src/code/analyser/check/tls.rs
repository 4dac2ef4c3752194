//! TLS contexts that are told not to check the other end.

use crate::code::analyser::{check::Outcome, module::Module, syntax::Id};

/// A setting of a context. A server asks its clients for no certificate, and that is no weakness.
pub(super) fn setting(module: &Module<'_>, node: Id) -> Option<Outcome> {
    let target = module.tree.field(node, "left")?;
    let context = module.tree.field(target, "object")?;
    // A class that stands in for a context sets up its own attributes.
    if module.text(context) == "self" {
        return None;
    }
    let made = module.value(context);
    let is_server = module.tree.call(made).is_some_and(|call| {
        call.positional
            .iter()
            .copied()
            .chain(call.keywords.iter().map(|(_, value, _)| *value))
            .any(|one| {
                let text = module.text(one);
                text.ends_with("PROTOCOL_TLS_SERVER") || text.ends_with("CLIENT_AUTH")
            })
    });
    (!is_server).then(|| Outcome::at(node))
}
