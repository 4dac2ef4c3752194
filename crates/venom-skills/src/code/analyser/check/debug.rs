//! Web applications started in their debug mode.

use crate::code::analyser::{
    check::{Outcome, report},
    module::Module,
    syntax::{Call, Id},
};

const FRAMEWORKS: &[&str] = &[
    "flask",
    "bottle",
    "quart",
    "fastapi",
    "starlette",
    "sanic",
    "tornado",
    "django",
    "aiohttp",
    "cherrypy",
    "dash",
    "werkzeug",
    "connexion",
    "flask_socketio",
    "pyramid",
    "litestar",
    "falcon",
    "web",
];

/// A switch that is on, given to something of a web framework.
pub(super) fn switch(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let is_web = FRAMEWORKS.iter().any(|one| module.imports_library(one));
    if !is_web {
        return None;
    }
    // What is known to be something else is something else.
    let names = module.qualified(call.function);
    let is_foreign = !names.is_empty()
        && names.iter().all(|name| {
            let first = name.split('.').next().unwrap_or(name);
            !name.starts_with(['?', '.'])
                && !FRAMEWORKS.contains(&first)
                && first.starts_with(|letter: char| letter.is_ascii_lowercase())
                && name.contains('.')
        });
    (!is_foreign).then(|| Outcome::at(call.node))
}

/// `DEBUG = True` in a settings module, or an attribute or key of an application.
pub(super) fn setting(module: &Module<'_>, node: Id) -> Option<Outcome> {
    let left = module.tree.field(node, "left")?;
    let right = module.tree.field(node, "right")?;
    if module.tree.kind(right) != "true" {
        return None;
    }
    let is_web = FRAMEWORKS.iter().any(|one| module.imports_library(one));
    let found = match module.tree.kind(left) {
        "identifier" => {
            module.text(left) == "DEBUG" && {
                let at_top =
                    module.tree.function(node).is_none() && module.tree.class(node).is_none();
                let in_config = module.tree.class(node).is_some_and(|class| {
                    let name = module
                        .tree
                        .field(class, "name")
                        .map_or("", |name| module.text(name));
                    name.contains("Config") || name.contains("Settings")
                }) && !is_development(module, node);
                at_top && is_settings(module) || in_config && (is_web || is_settings(module))
            }
        }
        "attribute" => {
            is_web
                && module
                    .tree
                    .field(left, "attribute")
                    .is_some_and(|name| module.text(name) == "debug")
                && module.tree.field(left, "object").is_some_and(|object| {
                    let text = module.text(object);
                    text.ends_with("app") || text.ends_with("application") || {
                        module.qualified(object).iter().any(|name| {
                            FRAMEWORKS.iter().any(|one| {
                                name.strip_prefix(one)
                                    .is_some_and(|rest| rest.starts_with('.'))
                            })
                        })
                    }
                })
        }
        "subscript" => {
            module
                .tree
                .fields(left, "subscript")
                .next()
                .and_then(|key| module.constant_text(key))
                .is_some_and(|key| key == "DEBUG")
                && module
                    .tree
                    .field(left, "value")
                    .is_some_and(|value| module.text(value).ends_with("config"))
        }
        _ => false,
    };
    if !found {
        return None;
    }
    // With the setting off a project also needs its hosts named and its files served.
    let outcome = Outcome::at(node);
    Some(if module.tree.kind(left) == "identifier" {
        outcome.fixed(report(
            "take the setting from the environment, off by default; name the hosts and serve static files before",
        ))
    } else {
        outcome
    })
}

/// A settings class for development says so in its name.
fn is_development(module: &Module<'_>, node: Id) -> bool {
    module.tree.class(node).is_some_and(|class| {
        let name = module
            .tree
            .field(class, "name")
            .map_or("", |name| module.text(name))
            .to_lowercase();
        ["dev", "test", "debug", "local"]
            .iter()
            .any(|part| name.contains(part))
    })
}

/// Whether the file reads like the settings of a Django project.
fn is_settings(module: &Module<'_>) -> bool {
    let known = [
        "INSTALLED_APPS",
        "ROOT_URLCONF",
        "ALLOWED_HOSTS",
        "MIDDLEWARE",
        "DATABASES",
        "SECRET_KEY",
        "WSGI_APPLICATION",
        "TEMPLATES",
        "STATIC_URL",
        "SQLALCHEMY_DATABASE_URI",
    ];
    known
        .iter()
        .any(|name| !module.scopes.global(name).is_empty())
}
