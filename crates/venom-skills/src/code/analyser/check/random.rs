//! Secrets drawn from a generator whose next values can be computed from the last ones.

use std::path::Path;

use crate::code::analyser::{
    check::{Outcome, imported, name_words, report, rewrite},
    finding::{Edit, Fix},
    module::Module,
    syntax::{Call, Id},
};

const CURE: &str = "draw it from the `secrets` module";

/// Words of names that stand for secrets.
const SECRETS: &[&str] = &[
    "token",
    "tokens",
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "secrets",
    "otp",
    "pin",
    "nonce",
    "salt",
    "csrf",
    "session",
    "sessionid",
    "sid",
    "apikey",
    "auth",
    "credential",
    "credentials",
    "coupon",
    "voucher",
    "captcha",
    "verification",
    "invite",
    "invitation",
    "pincode",
    "passcode",
    "totp",
    "iv",
    "cookie",
    "activation",
    "confirmation",
    "recovery",
    "license",
    "cipher",
    "encryption",
    "sso",
];

/// Pairs of words that do so together.
const PAIRS: &[(&str, &str)] = &[
    ("api", "key"),
    ("secret", "key"),
    ("private", "key"),
    ("access", "key"),
    ("signing", "key"),
    ("encryption", "key"),
    ("login", "code"),
    ("access", "code"),
    ("gift", "code"),
    ("promo", "code"),
    ("backup", "code"),
    ("backup", "codes"),
    ("temp", "pass"),
    ("one", "time"),
    ("security", "code"),
    ("auth", "code"),
    ("session", "key"),
    ("aes", "key"),
    ("share", "link"),
    ("two", "factor"),
    ("key", "bytes"),
    ("magic", "link"),
    ("license", "key"),
    ("session", "id"),
    ("new", "key"),
    ("make", "key"),
    ("generate", "key"),
    ("reset", "code"),
    ("confirm", "code"),
    ("sms", "code"),
    ("email", "code"),
    ("mail", "code"),
    ("pin", "code"),
    ("join", "code"),
    ("device", "code"),
    ("user", "key"),
    ("random", "key"),
];

/// Names that stand for secrets only where something around them is about signing in.
const VAGUE: &[&str] = &["code", "codes", "key", "link", "digits"];

/// Words of files and functions that are about signing in.
const SIGNING_IN: &[&str] = &[
    "2fa",
    "account",
    "accounts",
    "activate",
    "auth",
    "authentication",
    "confirm",
    "forgot",
    "invite",
    "login",
    "mfa",
    "otp",
    "password",
    "passwords",
    "recover",
    "recovery",
    "register",
    "registration",
    "reset",
    "resets",
    "session",
    "sessions",
    "signin",
    "signup",
    "token",
    "tokens",
    "verification",
    "verify",
];

/// Words that show that a name with one of the above is about something else.
const OTHERS: &[&str] = &[
    "test",
    "sample",
    "fake",
    "mock",
    "demo",
    "shuffle",
    "jitter",
    "delay",
    "index",
    "colour",
    "color",
    "simulate",
    "simulation",
    "example",
    "tokens_per",
    "count",
    "length",
    "size",
    "vocab",
    "noise",
    "tokenize",
    "tokenizer",
    "seed",
    "dataset",
    "embedding",
    "rng",
    "timeout",
    "sleep",
    "backoff",
];

/// A draw whose result is a secret, by the names it goes to.
pub(super) fn draw(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    // By weights, as a part of a comparison: a simulation, not a secret.
    let is_chance = call.keyword("weights").is_some()
        || call.keyword("cum_weights").is_some()
        || module
            .tree
            .parent(call.node)
            .is_some_and(|above| module.tree.kind(above) == "comparison_operator");
    if is_chance || !is_secret(module, call.node) {
        return None;
    }
    let fix = fix(module, call).unwrap_or_else(|| report(CURE));
    Some(Outcome::at(call.node).fixed(fix))
}

fn is_secret(module: &Module<'_>, at: Id) -> bool {
    let tree = &module.tree;
    let mut names: Vec<String> = Vec::new();
    let mut below = at;
    for above in tree.ancestors(at) {
        match tree.kind(above) {
            "assignment" | "augmented_assignment" | "named_expression" => {
                let target = tree
                    .field(above, "left")
                    .or_else(|| tree.field(above, "name"));
                if let Some(target) = target {
                    names.push(tree.text(target).to_owned());
                }
            }
            "keyword_argument" => {
                names.extend(
                    tree.field(above, "name")
                        .map(|one| tree.text(one).to_owned()),
                );
            }
            "pair" if tree.field(above, "value") == Some(below) => {
                names.extend(
                    tree.field(above, "key")
                        .and_then(|key| module.constant_text(key)),
                );
            }
            "call" => {
                // What a function of that name is given: `set_password(...)`.
                if let Some(outer) = tree.call(above)
                    && outer.function != below
                {
                    names.push(module.method(&outer).to_owned());
                }
            }
            "function_definition" => {
                names.extend(
                    tree.field(above, "name")
                        .map(|one| tree.text(one).to_owned()),
                );
                break;
            }
            "lambda" | "class_definition" => break,
            _ => {}
        }
        below = above;
    }
    // What the result is put into afterwards: `code = ...` and then `user.otp = code`.
    if let Some(first) = names.first().cloned()
        && let Some(function) = tree.function(at)
    {
        for node in tree.within(function) {
            match tree.kind(node) {
                "assignment"
                    if tree
                        .field(node, "right")
                        .is_some_and(|right| tree.text(right) == first) =>
                {
                    names.extend(
                        tree.field(node, "left")
                            .map(|left| tree.text(left).to_owned()),
                    );
                }
                "call" => {
                    if let Some(outer) = tree.call(node)
                        && outer.positional.iter().any(|one| tree.text(*one) == first)
                    {
                        names.push(module.method(&outer).to_owned());
                    }
                }
                "keyword_argument"
                    if tree
                        .field(node, "value")
                        .is_some_and(|one| tree.text(one) == first) =>
                {
                    names.extend(
                        tree.field(node, "name")
                            .map(|one| tree.text(one).to_owned()),
                    );
                }
                _ => {}
            }
        }
    }
    names.iter().any(|name| names_secret(name)) || names_vague_secret(module, at, &names)
}

/// `code` and its like: the draw is made into text or is a number of many digits, and the name of
/// the file or of a function around says that it is for somebody to sign in with.
fn names_vague_secret(module: &Module<'_>, at: Id, names: &[String]) -> bool {
    let is_vague = |name: &String| VAGUE.contains(&name.rsplit('.').next().unwrap_or(name));
    if !names.iter().any(is_vague) || !is_written_out(module, at) {
        return false;
    }
    let is_about = |name: &str| {
        let words = name_words(name);
        !words.iter().any(|word| OTHERS.contains(&word.as_str()))
            && words.iter().any(|word| SIGNING_IN.contains(&word.as_str()))
    };
    let tree = &module.tree;
    let stem = Path::new(module.path)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("");
    let functions = tree.ancestors(at).filter_map(|above| {
        matches!(tree.kind(above), "function_definition" | "class_definition")
            .then(|| tree.field(above, "name"))
            .flatten()
            .map(|name| tree.text(name))
    });
    is_about(stem) || functions.into_iter().any(is_about)
}

/// Whether what is drawn becomes text, or is a whole number of at least four digits.
fn is_written_out(module: &Module<'_>, at: Id) -> bool {
    let tree = &module.tree;
    let is_long = tree.call(at).is_some_and(|call| {
        matches!(module.method(&call), "randint" | "randrange")
            && call
                .positional
                .iter()
                .any(|one| number(module, *one).is_some_and(|bound| bound >= 1_000))
    });
    let statement = tree.statement(at);
    is_long
        || tree
            .ancestors(at)
            .take_while(|above| *above != statement)
            .any(|above| match tree.kind(above) {
                "interpolation" => true,
                "binary_operator" => tree
                    .field(above, "left")
                    .is_some_and(|left| tree.kind(left) == "string"),
                "call" => tree
                    .call(above)
                    .is_some_and(|call| matches!(module.method(&call), "str" | "join" | "format")),
                _ => false,
            })
}

fn names_secret(name: &str) -> bool {
    let words = name_words(name);
    if words.iter().any(|word| OTHERS.contains(&word.as_str())) {
        return false;
    }
    words.iter().any(|word| SECRETS.contains(&word.as_str()))
        || words
            .windows(2)
            .any(|pair| matches!(pair, [one, two] if PAIRS.contains(&(one.as_str(), two.as_str()))))
}

fn fix(module: &Module<'_>, call: &Call<'_>) -> Option<Fix> {
    // Only the module's own functions: an instance may have been seeded, to be repeatable.
    let is_module = module
        .qualified(call.function)
        .iter()
        .all(|name| matches!(name.as_str(), "random.choice" | "random.randint"));
    if !is_module || call.splat || !call.keywords.is_empty() || is_seeded(module) {
        return None;
    }
    let start = module.tree.start(call.node);
    match (
        module.method_name(call)?.as_str(),
        call.positional.as_slice(),
    ) {
        ("choice", [_]) => {
            let (name, import) = imported(module, "secrets", start)?;
            let range = module.tree.range(call.function);
            let mut edits: Vec<Edit> = import.into_iter().collect();
            edits.push(Edit {
                start: range.start,
                end: range.end,
                text: format!("{name}.choice"),
            });
            Some(rewrite(
                edits,
                "draws from the generator of the operating system",
            ))
        }
        ("randint", [low, high]) => {
            let low = number(module, *low)?;
            let high = number(module, *high)?;
            let count = high
                .checked_sub(low)?
                .checked_add(1)
                .filter(|count| *count > 0)?;
            let (name, import) = imported(module, "secrets", start)?;
            let mut text = format!("{name}.randbelow({count})");
            if low != 0 {
                text.push_str(if low < 0 { " - " } else { " + " });
                text.push_str(&low.unsigned_abs().to_string());
                if needs_parentheses(module, call.node) {
                    text = format!("({text})");
                }
            }
            let range = module.tree.range(call.node);
            let mut edits: Vec<Edit> = import.into_iter().collect();
            edits.push(Edit {
                start: range.start,
                end: range.end,
                text,
            });
            Some(rewrite(
                edits,
                "draws from the generator of the operating system",
            ))
        }
        _ => None,
    }
}

fn number(module: &Module<'_>, id: Id) -> Option<i64> {
    let text = module.text(id);
    let digits = match module.tree.kind(id) {
        "integer" => text,
        // A sign, and the digits right behind it.
        "unary_operator" => text.strip_prefix('-')?,
        _ => return None,
    };
    let is_decimal = digits
        .chars()
        .all(|digit| digit.is_ascii_digit() || digit == '_');
    (is_decimal && digits.len() <= 15)
        .then(|| text.replace('_', "").parse().ok())
        .flatten()
}

/// Whether a sum in the place of the call would be taken apart by what is around it.
fn needs_parentheses(module: &Module<'_>, node: Id) -> bool {
    let Some(above) = module.tree.parent(node) else {
        return false;
    };
    match module.tree.kind(above) {
        "binary_operator" => {
            let operator = module
                .tree
                .field(above, "operator")
                .map_or("", |one| module.text(one));
            !(operator == "+" && module.tree.field(above, "left") == Some(node))
        }
        "unary_operator" | "attribute" | "subscript" | "await" => {
            module.tree.field_name(node) != Some("subscript")
        }
        _ => false,
    }
}

fn is_seeded(module: &Module<'_>) -> bool {
    module
        .tree
        .within(module.tree.root())
        .filter_map(|node| module.tree.call(node))
        .any(|call| module.is_one_of(call.function, &["random.seed"]))
}
