//! Passwords, tokens and keys written into the source.

mod words;

use self::words::{ABOUT, ABOUT_FIRST, PAIRS, WORDS};
use crate::code::analyser::{
    check::{Outcome, name_words},
    finding::Severity,
    literal,
    module::Module,
    syntax::{Call, Id},
};

/// An assignment, a pair of a dictionary, a named argument, a default or a comparison.
pub(super) fn named(module: &Module<'_>, node: Id) -> Option<Outcome> {
    let tree = &module.tree;
    let (name, value) = match tree.kind(node) {
        "assignment" => {
            let left = tree.field(node, "left")?;
            (target_name(module, left)?, tree.field(node, "right")?)
        }
        "pair" => {
            let key = tree.field(node, "key")?;
            (module.constant_text(key)?, tree.field(node, "value")?)
        }
        "keyword_argument" => {
            let name = tree.field(node, "name")?;
            (tree.text(name).to_owned(), tree.field(node, "value")?)
        }
        "default_parameter" | "typed_default_parameter" => {
            let name = tree.field(node, "name")?;
            (tree.text(name).to_owned(), tree.field(node, "value")?)
        }
        "comparison_operator" => return compared(module, node),
        _ => return None,
    };
    if !names_secret(&name) {
        return None;
    }
    let literal = written(module, value)?;
    if !is_secret_text(&literal.1, &name)
        || is_weak_name(&name) && !is_code(&literal.1)
        || is_in_prose(module, node)
        || is_in_test(module, node)
    {
        return None;
    }
    let at = match tree.kind(node) {
        "pair" if is_one_line_with_call(module, node) => {
            enclosing_call(module, node).unwrap_or(node)
        }
        "keyword_argument" => enclosing_call(module, node).unwrap_or(node),
        "default_parameter" | "typed_default_parameter" => tree.function(node).unwrap_or(node),
        _ => node,
    };
    Some(Outcome::at(at).hiding(literal.0))
}

fn enclosing_call(module: &Module<'_>, node: Id) -> Option<Id> {
    module
        .tree
        .ancestors(node)
        .take(3)
        .find(|above| module.tree.kind(*above) == "call")
}

/// A pair in a dictionary that is written on the line of its call.
fn is_one_line_with_call(module: &Module<'_>, node: Id) -> bool {
    enclosing_call(module, node).is_some_and(|call| {
        module.tree.line(module.tree.start(call)) == module.tree.line(module.tree.start(node))
    })
}

fn target_name(module: &Module<'_>, target: Id) -> Option<String> {
    let tree = &module.tree;
    match tree.kind(target) {
        "identifier" => Some(tree.text(target).to_owned()),
        "attribute" => tree
            .field(target, "attribute")
            .map(|name| tree.text(name).to_owned()),
        "subscript" => {
            let key = tree.field(target, "subscript")?;
            (tree.kind(key) == "string")
                .then(|| module.constant_text(key))
                .flatten()
        }
        _ => None,
    }
}

/// `if password == "..."`
fn compared(module: &Module<'_>, node: Id) -> Option<Outcome> {
    let tree = &module.tree;
    let operators: Vec<Id> = tree.fields(node, "operators").collect();
    let [operator] = operators.as_slice() else {
        return None;
    };
    if !matches!(tree.text(*operator), "==" | "!=") {
        return None;
    }
    let parts: Vec<Id> = tree.named(node).collect();
    let [left, right] = parts.as_slice() else {
        return None;
    };
    let (subject, value) = match (tree.kind(*left), tree.kind(*right)) {
        (_, "string") => (*left, *right),
        ("string", _) => (*right, *left),
        _ => return None,
    };
    let name = subject_name(module, subject)?;
    if !names_secret(&name) {
        return None;
    }
    let (literal, text) = written(module, value)?;
    // Short words and words of a grammar are kinds of token, not tokens.
    let is_password = name_words(&name)
        .iter()
        .any(|word| matches!(word.as_str(), "password" | "passwd" | "pwd" | "passphrase"));
    let is_telling = text.chars().count() >= if is_password { 4 } else { 6 }
        && text.chars().any(char::is_alphanumeric)
        && !(name_words(&name).contains(&"token".to_owned())
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphabetic() || letter == '_'));
    if !is_telling || !is_secret_text(&text, &name) {
        return None;
    }
    Some(Outcome::at(node).hiding(literal))
}

fn subject_name(module: &Module<'_>, subject: Id) -> Option<String> {
    let subject = module.tree.bare(subject);
    if let Some(call) = module.tree.call(subject) {
        // `request.form.get("password")` and `data.get("token")`
        return call
            .positional
            .first()
            .filter(|_| module.method(&call) == "get")
            .and_then(|key| module.constant_text(*key));
    }
    target_name(module, subject)
}

/// The literal an expression is, a fallback behind `or` and `get` included.
fn written(module: &Module<'_>, value: Id) -> Option<(Id, String)> {
    let tree = &module.tree;
    let value = tree.bare(value);
    match tree.kind(value) {
        "string" => {
            let literal = literal::read(tree, value)?;
            if literal
                .parts
                .iter()
                .any(|part| matches!(part, literal::Part::Hole(_)))
            {
                return None;
            }
            module.constant_text(value).map(|text| (value, text))
        }
        "concatenated_string" => module.constant_text(value).map(|text| (value, text)),
        "boolean_operator" => {
            let operator = tree.field(value, "operator")?;
            if tree.text(operator) != "or" {
                return None;
            }
            written(module, tree.field(value, "right")?)
        }
        "call" => {
            let call = tree.call(value)?;
            let is_lookup = module.is_one_of(
                call.function,
                &[
                    "os.environ.get",
                    "os.getenv",
                    "environ.get",
                    "decouple.config",
                ],
            ) || module.method(&call) == "get";
            if is_lookup {
                let fallback = call.argument(1, "default")?;
                return written(module, fallback);
            }
            // `"...".encode()` and `SecretStr("...")`
            if module.method(&call) == "encode" {
                return written(module, module.receiver(&call)?);
            }
            if matches!(
                module.method(&call),
                "SecretStr" | "bytes" | "b64decode" | "fromhex"
            ) {
                return written(module, call.positional.first().copied()?);
            }
            None
        }
        _ => None,
    }
}

/// Whether a name stands for a secret.
pub(in super::super) fn names_secret(name: &str) -> bool {
    // A key with signs in it names a thing of some other system.
    if name.contains([':', '/', ' ', '$', '*']) {
        return false;
    }
    let words = name_words(name);
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return false;
    };
    if ABOUT.contains(&last.as_str()) || ABOUT_FIRST.contains(&first.as_str()) && words.len() > 1 {
        return false;
    }
    let joined = words.concat();
    let in_words = words.iter().enumerate().any(|(place, word)| {
        WORDS.contains(&word.as_str())
            // `pass` and `pin` are other things in the middle of a name.
            && (!matches!(word.as_str(), "pass" | "pin" | "pw") || place + 1 == words.len())
    });
    in_words
        || words
            .windows(2)
            .any(|pair| matches!(pair, [one, two] if PAIRS.contains(&(one.as_str(), two.as_str()))))
        || ["password", "passwd", "apikey", "secretkey", "authtoken"]
            .iter()
            .any(|part| joined.ends_with(part))
}

/// Whether a name only may stand for a secret: tokens are also words of a language, and what is
/// called secret in front of something else is as a rule the something else.
pub(in super::super) fn is_weak_name(name: &str) -> bool {
    let words = name_words(name);
    let last = words.last().map_or("", String::as_str);
    let is_strong = words.iter().any(|word| {
        matches!(
            word.as_str(),
            "password"
                | "passwd"
                | "pwd"
                | "passphrase"
                | "api"
                | "auth"
                | "access"
                | "key"
                | "bearer"
                | "refresh"
                | "apikey"
                | "credential"
                | "credentials"
                | "passcode"
        )
    });
    !is_strong
        && (words.contains(&"token".to_owned()) || last != "secret")
        && words
            .iter()
            .any(|word| matches!(word.as_str(), "token" | "secret"))
}

/// Whether a text looks drawn and not written: it has a digit, or is long and without spaces.
pub(in super::super) fn is_code(text: &str) -> bool {
    text.chars().any(|letter| letter.is_ascii_digit())
        || text.chars().count() >= 16 && !text.contains(' ')
}

/// Test code makes up the secrets it tests with.
fn is_in_test(module: &Module<'_>, node: Id) -> bool {
    let tree = &module.tree;
    let mut parts = module.path.rsplit('/');
    let file = parts.next().unwrap_or("");
    let is_test_file = file.starts_with("test_")
        || file.ends_with("_test.py")
        || file == "conftest.py"
        || parts.next().is_some_and(|folder| folder == "tests");
    if is_test_file {
        return true;
    }
    tree.ancestors(node).any(|above| match tree.kind(above) {
        "function_definition" => tree.field(above, "name").is_some_and(|name| {
            let name = tree.text(name);
            name.starts_with("test_") || matches!(name, "setUp" | "setUpClass" | "setUpTestData")
        }),
        "class_definition" => {
            tree.field(above, "superclasses")
                .is_some_and(|bases| tree.text(bases).contains("TestCase"))
                || tree
                    .field(above, "name")
                    .is_some_and(|name| tree.text(name).starts_with("Test"))
        }
        _ => false,
    })
}

/// Whether a text can be a secret, and not a placeholder, a name or a sentence.
pub(in super::super) fn is_secret_text(text: &str, name: &str) -> bool {
    let trimmed = text.trim();
    let count = trimmed.chars().count();
    if !(4..=4096).contains(&count) {
        return false;
    }
    let lowered = trimmed.to_lowercase();
    let distinct: std::collections::BTreeSet<char> = lowered.chars().collect();
    if distinct.len() < 3 {
        return false;
    }
    let stands_for = [
        "<", "${", "{{", "%(", "{", "$", "%s", "[", "/", "./", "~", "http://", "https://", "#", "*",
    ];
    if stands_for.iter().any(|start| lowered.starts_with(start)) {
        return false;
    }
    let placeholder = [
        "your",
        "example",
        "placeholder",
        "change",
        "xxx",
        "dummy",
        "redacted",
        "insert",
        "replace",
        "todo",
        "fixme",
        "enter ",
        "secret_here",
        "...",
        "not set",
        "not-set",
        "unset",
        "undefined",
        "env(",
        "env:",
        "vault:",
        "ssm:",
        "keyring:",
        "fake",
        "<",
        "sample",
        "mock",
    ];
    if placeholder.iter().any(|part| lowered.contains(part)) {
        return false;
    }
    if matches!(
        lowered.as_str(),
        "none"
            | "null"
            | "true"
            | "false"
            | "password"
            | "secret"
            | "token"
            | "passwd"
            | "string"
            | "bearer"
            | "basic"
            | "optional"
            | "required"
            | "default"
            | "empty"
            | "oauth2"
            | "api_key"
            | "apikey"
            | "hidden"
            | "text"
            | "unknown"
            | "anonymous"
            | "jwt"
            | "access_token"
            | "refresh_token"
            | "test"
    ) {
        return false;
    }
    // A name for itself: `TOKEN_KEY = "token"`, `password="db_password"`.
    let own: Vec<String> = name_words(name);
    let words = name_words(trimmed);
    let is_name = trimmed
        .chars()
        .all(|letter| letter.is_ascii_lowercase() || matches!(letter, '_' | '-' | '.'))
        || trimmed
            .chars()
            .all(|letter| letter.is_ascii_uppercase() || letter == '_');
    let is_letters = trimmed.chars().all(char::is_alphabetic);
    if is_letters && own.len() > 1 && lowered.contains(&own.concat()) {
        return false;
    }
    if is_name
        && (words
            .iter()
            .any(|word| own.contains(word) || WORDS.contains(&word.as_str()))
            || trimmed.contains(['_', '.']))
    {
        return false;
    }
    // A sentence.
    if trimmed.split_whitespace().count() > 1
        && (trimmed.ends_with(['.', ':', '!', '?']) || trimmed.split_whitespace().count() > 3)
    {
        return false;
    }
    if trimmed.contains(": ") || trimmed.contains("%s") || trimmed.contains("{}") {
        return false;
    }
    // The hash of a secret is none.
    ![
        "pbkdf2_", "bcrypt$", "argon2$", "$2b$", "$2a$", "$argon2", "sha256$", "pbkdf2:",
        "scrypt:", "$6$",
    ]
    .iter()
    .any(|start| lowered.starts_with(start))
}

/// Texts of arguments that describe: help, labels, messages.
fn is_in_prose(module: &Module<'_>, node: Id) -> bool {
    let tree = &module.tree;
    enclosing_call(module, node).is_some_and(|call| {
        tree.call(call).is_some_and(|call| {
            matches!(
                module.method(&call),
                "add_argument"
                    | "Field"
                    | "CharField"
                    | "Label"
                    | "_"
                    | "gettext"
                    | "getpass"
                    | "prompt"
                    | "replace"
                    | "str"
                    | "print"
            ) || matches!(module.method(&call), "set_label" | "Enum")
        })
    })
}

/// A text that is a secret by its form: a known prefix, an address with a password, a header.
pub(super) fn formed(module: &Module<'_>, node: Id) -> Option<Outcome> {
    let tree = &module.tree;
    let literal = literal::read(tree, node)?;
    let mut text = String::new();
    let mut has_hole = false;
    for part in &literal.parts {
        match part {
            literal::Part::Char(letter, _) => text.push(*letter),
            literal::Part::Hole(_) => {
                has_hole = true;
                text.push('\u{fffc}');
            }
        }
    }
    if is_docstring(module, node) {
        return None;
    }
    let known = !has_hole && (is_known_form(&text) || is_header(&text));
    if !(known || has_password(&text)) {
        return None;
    }
    // Reported once, where a name has been found already.
    let mut at = node;
    for above in tree.ancestors(node).take(4) {
        match tree.kind(above) {
            "assignment"
            | "pair"
            | "keyword_argument"
            | "default_parameter"
            | "typed_default_parameter" => {
                if named(module, above).is_some() {
                    return None;
                }
                if tree.kind(above) == "assignment" {
                    at = above;
                }
                if tree.kind(above) == "keyword_argument" {
                    at = enclosing_call(module, above).unwrap_or(node);
                }
                if tree.kind(above) == "pair" {
                    at = above;
                }
                break;
            }
            "call" => at = above,
            "argument_list"
            | "concatenated_string"
            | "parenthesized_expression"
            | "binary_operator" => {}
            _ => break,
        }
    }
    Some(Outcome::at(at).with(Severity::High).hiding(node))
}

fn is_docstring(module: &Module<'_>, node: Id) -> bool {
    module
        .tree
        .parent(node)
        .is_some_and(|above| module.tree.kind(above) == "expression_statement")
}

pub(in super::super) fn is_known_form(text: &str) -> bool {
    let is_code = |rest: &str, least: usize| {
        rest.chars().count() >= least
            && rest
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
            && !rest.to_lowercase().contains("example")
            && !rest.to_lowercase().contains("xxxx")
    };
    let forms: [(&str, usize); 14] = [
        ("AKIA", 16),
        ("ASIA", 16),
        ("ghp_", 36),
        ("gho_", 36),
        ("ghs_", 36),
        ("github_pat_", 40),
        ("glpat-", 20),
        ("xoxb-", 20),
        ("xoxp-", 20),
        ("sk_live_", 16),
        ("rk_live_", 16),
        ("AIza", 35),
        ("SG.", 40),
        ("npm_", 36),
    ];
    forms.iter().any(|(start, least)| {
        text.strip_prefix(start)
            .is_some_and(|rest| is_code(&rest.replace('.', ""), *least))
    }) || text.starts_with("-----BEGIN")
        && text.contains("PRIVATE KEY-----")
        && text.chars().count() > 64
}

/// `Bearer ...` and `Basic ...` with a real value behind.
pub(in super::super) fn is_header(text: &str) -> bool {
    ["Bearer ", "Basic ", "Token ", "token "]
        .iter()
        .any(|start| {
            text.strip_prefix(start).is_some_and(|rest| {
                rest.chars().count() >= 12
                    && !rest.contains(' ')
                    && rest.chars().all(|letter| {
                        letter.is_ascii_alphanumeric()
                            || matches!(letter, '_' | '-' | '.' | '=' | '+' | '/')
                    })
                    && rest.chars().any(|letter| letter.is_ascii_digit())
            })
        })
}

/// `scheme://user:password@host`
pub(in super::super) fn has_password(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    if scheme.is_empty()
        || !scheme
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
    {
        return false;
    }
    let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or(rest);
    let Some((user, host)) = authority.rsplit_once('@') else {
        return false;
    };
    let Some((name, password)) = user.split_once(':') else {
        return false;
    };
    let is_open =
        |part: &str| part.contains(['\u{fffc}', '{', '<', '$', '%']) && !part.contains("%4");
    !name.contains(['<', '{', '$'])
        && !is_open(password)
        && !host.is_empty()
        && is_secret_text(password, "password")
        && !matches!(password, "pass" | "pwd" | "user" | "password@host")
}

/// A secret as an argument without a telling name: a pair for basic authentication, a key.
pub(super) fn given(module: &Module<'_>, call: &Call<'_>) -> Option<Outcome> {
    let tree = &module.tree;
    let names = module.qualified(call.function);
    let ends = |suffix: &str| names.iter().any(|name| name.ends_with(suffix));
    let value = if let Some(auth) = call.keyword("auth") {
        let pair = tree.bare(auth);
        match tree.kind(pair) {
            "tuple" => tree.named(pair).nth(1),
            "call" => tree
                .call(pair)
                .filter(|inner| module.method(inner).ends_with("Auth"))
                .and_then(|inner| inner.positional.get(1).copied()),
            _ => None,
        }
    } else if ends("jwt.encode") || ends("jwt.decode") {
        call.argument(1, "key")
    } else if ends("hmac.new") || ends("Fernet") || ends("AES.new") {
        call.argument(0, "key")
    } else if ends(".login") || ends("HTTPBasicAuth") {
        call.argument(1, "password")
    } else if ends("URLSafeTimedSerializer") || ends("URLSafeSerializer") || ends("TimestampSigner")
    {
        call.argument(0, "secret_key")
    } else {
        None
    }?;
    // A name that is bound to a text is reported where it is bound.
    if is_in_test(module, call.node) {
        return None;
    }
    if !matches!(
        tree.kind(tree.bare(value)),
        "string" | "concatenated_string"
    ) {
        return None;
    }
    let (literal, text) = written(module, value)?;
    is_secret_text(&text, "").then(|| Outcome::at(call.node).hiding(literal))
}
