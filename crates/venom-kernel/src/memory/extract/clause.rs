//! From a sentence to its clauses, and from a clause to what it claims.

use super::date::{self, Span};
use super::verb::{self, Wants};
use super::word::{Shape, Word, words};
use super::{Reading, name, wish};
use crate::memory::fact::{Claim, Relation, Stance};

/// Words that make a sentence something else than a statement.
const HEDGES: &[&str] = &[
    "if",
    "whether",
    "unless",
    "could",
    "might",
    "would",
    "should",
    "maybe",
    "perhaps",
    "probably",
    "possibly",
    "suppose",
    "imagine",
    "consider",
    "considering",
    "wonder",
    "wondering",
    "wish",
    "want",
    "wants",
    "plan",
    "plans",
    "planning",
    "hope",
    "hopefully",
    "todo",
    "allegedly",
    "apparently",
    "seems",
    "seem",
    "think",
    "thinks",
    "believe",
    "believes",
    "guess",
    "assume",
    "assuming",
    "claims",
    "claimed",
    "says",
    "said",
    "told",
    "example",
    "instance",
    "pretend",
    "will",
    "going",
    "what",
    "how",
    "why",
    "ignore",
    "disregard",
    "try",
    "let's",
    "lets",
    "let",
    "wanted",
    "eventually",
    "someday",
    "soon",
    "once",
    "ever",
    "can",
    "must",
    "shall",
    "cannot",
    "tomorrow",
    "next",
];

/// Adverbs that change nothing about who does what.
const ADVERBS: &[&str] = &[
    "now",
    "currently",
    "still",
    "also",
    "already",
    "mostly",
    "actually",
    "usually",
    "officially",
    "internally",
    "primarily",
    "mainly",
    "directly",
    "heavily",
    "both",
    "today",
    "finally",
    "just",
    "always",
    "really",
    "simply",
    "exclusively",
    "entirely",
    "fully",
    "recently",
];

/// Words that end the names behind a verb.
const STOPS: &[&str] = &[
    "for",
    "because",
    "since",
    "while",
    "but",
    "which",
    "that",
    "so",
    "to",
    "in",
    "on",
    "with",
    "via",
    "as",
    "from",
    "by",
    "at",
    "under",
    "over",
    "during",
    "until",
    "after",
    "before",
    "where",
    "who",
    "of",
    "instead",
    "rather",
    "inside",
    "behind",
    "through",
    "when",
    "per",
    "like",
    "than",
    "within",
    "across",
    "without",
    "last",
    "yesterday",
    "except",
    "into",
    "between",
    "against",
    "everywhere",
    "internally",
];

/// Words that begin an order, where they begin a sentence.
const ORDERS: &[&str] = &[
    "make",
    "ensure",
    "check",
    "verify",
    "add",
    "fix",
    "update",
    "change",
    "write",
    "create",
    "remove",
    "delete",
    "find",
    "explain",
    "show",
    "tell",
    "list",
    "run",
    "implement",
    "refactor",
    "rename",
    "move",
    "migrate",
    "upgrade",
    "bump",
    "see",
    "look",
    "help",
    "generate",
    "review",
    "commit",
    "push",
    "install",
    "set",
    "configure",
    "convert",
    "replace",
    "switch",
    "document",
    "confirm",
    "assert",
    "test",
    "print",
];

/// Words before a statement that are no part of it.
const MARKERS: &[&str] = &[
    "and",
    "but",
    "so",
    "also",
    "then",
    "please",
    "note",
    "remember",
    "that",
    "fyi",
    "btw",
    "actually",
    "yes",
    "ok",
    "okay",
    "well",
    "hi",
    "hey",
    "hello",
    "however",
    "currently",
    "today",
    "now",
    "fact",
    "info",
    "reminder",
    "update",
    "context",
    "background",
    "known",
    "keep",
    "mind",
    "recall",
];

/// Returns what a sentence claims, without its words.
pub(super) fn claims(sentence: &str, reading: &Reading<'_>) -> Vec<Claim> {
    let all = words(sentence);
    if all.len() < 2 {
        return Vec::new();
    }
    if let Some(wished) = wish::claims(&all, reading) {
        return wished;
    }
    let (span, all) = date::take(&all, reading.time);
    if all.iter().any(|word| word.is_any(HEDGES)) {
        return Vec::new();
    }
    let is_change = span.from.is_some() || all.iter().any(|word| word.is("now")) || is_longer(&all);
    let mut found = Vec::new();
    let all = aliases(strip(&all), &mut found);
    let all = plain(&all);
    let mut subjects: Vec<String> = Vec::new();
    for clause in clauses(&all) {
        let context = Clause {
            reading,
            span,
            is_change,
        };
        context.claims(&clause, &mut subjects, &mut found);
    }
    found
}

/// Tells whether something is said to be so no longer.
fn is_longer(words: &[Word]) -> bool {
    words
        .windows(2)
        .any(|pair| matches!(pair, [one, two] if one.is("no") && two.is("longer")))
}

/// Takes off what stands before the statement.
fn strip(words: &[Word]) -> &[Word] {
    let mut rest = words;
    loop {
        let [first, more @ ..] = rest else {
            return rest;
        };
        // `now` is a word of the statement unless something stands behind it that can begin one.
        if first.is_any(MARKERS) && more.len() >= 2 && !verb::begins(more) {
            rest = more;
            continue;
        }
        let is_place = first.is_any(&[
            "in", "on", "for", "at", "as", "within", "inside", "to", "by",
        ]);
        let comma = rest.iter().take(6).position(|word| word.ends || word.stops);
        match comma.filter(|_| is_place) {
            Some(comma) => rest = rest.get(comma + 1..).unwrap_or_default(),
            None => return rest,
        }
    }
}

/// Finds `X (aka Y)` and `X, also known as Y,` and takes it out.
fn aliases(words: &[Word], found: &mut Vec<Claim>) -> Vec<Word> {
    let begin = words.iter().enumerate().position(|(place, word)| {
        let behind = words.get(place + 1..).unwrap_or_default();
        let is_known = place > 0
            && word.is("also")
            && matches!(behind, [one, two, ..] if one.is("known") && two.is("as"))
            && !words
                .get(place - 1)
                .is_some_and(|before| before.is_any(&["is", "are"]));
        word.is_any(&["aka", "a.k.a"]) || is_known
    });
    let Some(begin) = begin else {
        return words.to_vec();
    };
    let length = if words.get(begin).is_some_and(|word| word.is("also")) {
        3
    } else {
        1
    };
    let behind = words.get(begin + length..).unwrap_or_default();
    let end = behind
        .iter()
        .position(|word| word.ends || word.stops)
        .map_or(behind.len(), |place| place + 1);
    let other = name::of(behind.get(..end).unwrap_or_default());
    let thing = name::of(words.get(..begin).unwrap_or_default());
    if let (Some(other), Some(thing)) = (other, thing) {
        found.push(claim(&other, Relation::Alias, &thing));
    }
    let mut rest = words.get(..begin).unwrap_or_default().to_vec();
    if let Some(last) = rest.last_mut() {
        last.ends = false;
        last.stops = false;
    }
    rest.extend_from_slice(behind.get(end..).unwrap_or_default());
    rest
}

/// Takes adverbs out and brings what denies into one word.
fn plain(words: &[Word]) -> Vec<Word> {
    let mut plain: Vec<Word> = Vec::new();
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let next = words.get(place + 1);
        let is_next = |text: &str| next.is_some_and(|next| next.is(text));
        if word.is_any(&["is", "are"]) && is_next("not") {
            plain.extend(next.cloned());
            plain.push(word.clone());
            place += 2;
        } else if word.is("no") && is_next("longer") {
            let mut not = word.clone();
            "not".clone_into(&mut not.text);
            "not".clone_into(&mut not.low);
            plain.push(not);
            place += 2;
        } else if word.is_any(&["has", "have"]) && is_next("been") {
            let mut was = word.clone();
            "was".clone_into(&mut was.text);
            "was".clone_into(&mut was.low);
            plain.push(was);
            place += 2;
        } else if word.is("have") && next.is_some_and(|next| next.is_any(verb::CHANGED))
            || word.is("has") && next.is_some_and(|next| next.is_any(verb::CHANGED))
        {
            place += 1;
        } else if word.is("anymore") || word.is("any") && is_next("more") {
            place += if word.is("any") { 2 } else { 1 };
        } else if word.is_any(ADVERBS) {
            if let Some(last) = plain.last_mut() {
                last.ends |= word.ends;
                last.stops |= word.stops;
            }
            place += 1;
        } else {
            plain.push(word.clone());
            place += 1;
        }
    }
    plain
}

/// Cuts a sentence where another statement begins. What only explains is left out.
fn clauses(words: &[Word]) -> Vec<Vec<Word>> {
    let mut clauses = Vec::new();
    let mut clause: Vec<Word> = Vec::new();
    let mut has_verb = false;
    let mut is_left_out = false;
    let mut place = 0;
    while let Some(word) = words.get(place) {
        let rest = words.get(place..).unwrap_or_default();
        let behind = words.get(place + 1..).unwrap_or_default();
        if is_left_out {
            is_left_out = !(word.ends || word.stops);
            place += 1;
            continue;
        }
        if word.is_any(&["which", "who", "where", "whose"]) && !clause.is_empty() {
            is_left_out = !(word.ends || word.stops);
            if has_verb {
                clauses.push(std::mem::take(&mut clause));
                has_verb = false;
            } else if let Some(last) = clause.last_mut() {
                last.ends = false;
            }
            place += 1;
            continue;
        }
        if word.is_any(&[
            "because", "when", "after", "before", "whenever", "except", "although", "though",
        ]) {
            clauses.push(std::mem::take(&mut clause));
            has_verb = false;
            is_left_out = true;
            place += 1;
            continue;
        }
        let divides = word.is_any(&["but", "while", "whereas", "so"]);
        let joins = word.is("and") && has_verb && begins_another(behind);
        if divides || joins {
            clauses.push(std::mem::take(&mut clause));
            has_verb = false;
            place += 1;
            continue;
        }
        if !has_verb && !clause.is_empty() && verb::begins(rest) {
            has_verb = true;
        }
        if clause.is_empty() && !clauses.is_empty() && verb::begins(rest) {
            has_verb = true;
        }
        clause.push(word.clone());
        let is_cut = word.stops && has_verb || word.ends && has_verb && begins_another(behind);
        if is_cut {
            clauses.push(std::mem::take(&mut clause));
            has_verb = false;
        }
        place += 1;
    }
    clauses.push(clause);
    clauses.retain(|clause| !clause.is_empty());
    clauses
}

/// Tells whether another statement begins here: a verb, or a short name and a verb.
fn begins_another(words: &[Word]) -> bool {
    let skipped = usize::from(words.first().is_some_and(|word| word.is("and")));
    let words = words.get(skipped..).unwrap_or_default();
    for place in 0..words.len().min(5) {
        let rest = words.get(place..).unwrap_or_default();
        if verb::begins(rest) {
            return true;
        }
        let ends = rest
            .first()
            .is_some_and(|word| word.ends || word.stops || word.is("and") || word.is_any(STOPS));
        if ends {
            return false;
        }
    }
    false
}

/// What the clauses of a sentence have in common.
struct Clause<'a> {
    reading: &'a Reading<'a>,
    span: Span,
    is_change: bool,
}

impl Clause<'_> {
    /// Reads one clause. `subjects` are those of the clause before, for one without its own.
    fn claims(&self, words: &[Word], subjects: &mut Vec<String>, found: &mut Vec<Claim>) {
        let words = strip(words);
        let has_own = !verb::begins(words);
        if !has_own && subjects.is_empty() {
            return;
        }
        if let Some(claims) = self.attribute(words) {
            found.extend(claims);
            return;
        }
        let first = usize::from(has_own);
        for place in first..words.len() {
            let before = words.get(..place).unwrap_or_default();
            let rest = words.get(place..).unwrap_or_default();
            let (stance, rest) = denied(rest);
            if !verb::begins(rest) {
                continue;
            }
            let is_order = place > 1 && words.first().is_some_and(|word| word.is_any(ORDERS));
            if is_order {
                return;
            }
            let own = if has_own {
                self.subjects(before)
            } else {
                std::mem::take(subjects)
            };
            if own.is_empty() {
                // A verb that is part of a name, or a subject that says nothing: try the next one.
                if before.len() > 5 {
                    return;
                }
                continue;
            }
            let mut claims = self.changed(&own, rest);
            if claims.is_empty() {
                claims = self.stated(&own, stance, rest);
            }
            *subjects = own;
            if !claims.is_empty() {
                found.extend(claims);
                return;
            }
            return;
        }
    }

    fn stated(&self, subjects: &[String], stance: Stance, rest: &[Word]) -> Vec<Claim> {
        for form in verb::forms(rest) {
            let behind = rest.get(form.len()..).unwrap_or_default();
            let objects = objects(behind, form.wants);
            if objects.is_empty() {
                continue;
            }
            let mut claims = Vec::new();
            for subject in subjects {
                for (object, qualifier) in &objects {
                    let (subject, object) = if form.is_inverse {
                        (object, subject)
                    } else {
                        (subject, object)
                    };
                    let mut claim = self.claim(subject, form.relation, object);
                    claim.qualifier.clone_from(qualifier);
                    claim.stance = stance;
                    claims.push(claim);
                }
            }
            return claims;
        }
        Vec::new()
    }

    fn claim(&self, subject: &str, relation: Relation, object: &str) -> Claim {
        Claim {
            is_change: self.is_change,
            from: self.span.from,
            until: self.span.until,
            ..claim(subject, relation, object)
        }
    }

    /// `the owner of X is Y`, `X's owner is Y`, `Y is the owner of X`, `X version is 1.2`.
    fn attribute(&self, words: &[Word]) -> Option<Vec<Claim>> {
        let is = words.iter().position(|word| word.is_any(&["is", "are"]))?;
        let (before, behind) = (words.get(..is)?, words.get(is + 1..)?);
        let negated = before.last().is_some_and(|word| word.is("not"));
        let before = match before {
            [rest @ .., not] if not.is("not") => rest,
            other => other,
        };
        let of = |part: &[Word]| -> Option<(Relation, Wants, String)> {
            let at = part.iter().position(|word| word.is_any(&["of", "for"]))?;
            let head = name::bare(part.get(..at)?);
            let (attribute, front) = head.split_last()?;
            let (relation, wants) = verb::attribute(attribute)?;
            let fits = front
                .iter()
                .all(|word| word.is_any(&["default", "main", "latest", "git", "source", "base"]));
            let thing = self.subject(part.get(at + 1..)?)?;
            fits.then_some((relation, wants, thing))
        };
        let owned = || -> Option<(Relation, Wants, String)> {
            let at = before.iter().position(|word| word.is("'s"))?;
            let (attribute, front) = before.get(at + 1..)?.split_last()?;
            let (relation, wants) = verb::attribute(attribute)?;
            let fits = front.iter().all(|word| {
                word.is_any(&[
                    "default", "main", "latest", "current", "git", "source", "base",
                ])
            });
            let thing = self.subject(before.get(..at)?)?;
            fits.then_some((relation, wants, thing))
        };
        let ours = || -> Option<(Relation, Wants, String)> {
            let head = name::bare(before);
            let (attribute, front) = head.split_last()?;
            let (relation, wants) = verb::attribute(attribute)?;
            let is_branch = relation == Relation::Branch
                && matches!(front, [one] if one.is_any(&["default", "main", "base"]));
            if is_branch {
                return Some((relation, wants, name(self.reading.project)));
            }
            let is_plain = matches!(
                relation,
                Relation::Version | Relation::Port | Relation::OwnedBy
            ) && !front.is_empty();
            let thing = name::of(front).filter(|_| is_plain)?;
            Some((relation, wants, thing))
        };
        let inverted = || {
            let (relation, wants, thing) = of(behind)?;
            let object = objects(before, wants).into_iter().next()?;
            Some((relation, thing, object))
        };
        let forward = || {
            let (relation, wants, thing) = of(before).or_else(owned).or_else(ours)?;
            let behind = match behind {
                [at, rest @ ..] if at.is_any(&["at", "on", "in", "under", "not"]) => rest,
                other => other,
            };
            let object = objects(behind, wants).into_iter().next()?;
            Some((relation, thing, object))
        };
        let (relation, thing, (object, qualifier)) = forward().or_else(inverted)?;
        let mut claim = self.claim(&thing, relation, &object);
        claim.qualifier = qualifier;
        claim.stance = if negated {
            Stance::Ended
        } else {
            Stance::Holds
        };
        Some(vec![claim])
    }

    /// What the words before a verb name: one thing, or several.
    fn subjects(&self, words: &[Word]) -> Vec<String> {
        let mut names = Vec::new();
        let parts = words.split(|word| word.is("and"));
        for part in parts {
            for part in part.split_inclusive(|word| word.ends) {
                if part.is_empty() {
                    continue;
                }
                match self.subject(part) {
                    Some(name) => names.push(name),
                    // Half a subject is none.
                    None => return Vec::new(),
                }
            }
        }
        names
    }

    fn subject(&self, words: &[Word]) -> Option<String> {
        match words {
            [one] if one.is_any(&["we", "us"]) => return Some(name(self.reading.project)),
            [one] if one.is("i") => return Some(name(self.reading.user)),
            [first, second]
                if first.is_any(&["this", "the", "our"])
                    && second.is_any(&[
                        "project",
                        "repo",
                        "repository",
                        "codebase",
                        "workspace",
                    ]) =>
            {
                return Some(name(self.reading.project));
            }
            _ => {}
        }
        let is_plain = words.iter().all(|word| {
            !word.is_any(STOPS) && !word.is_any(&["is", "are", "was", "or", "not", "do", "does"])
        });
        let is_thing = words
            .iter()
            .all(|word| !matches!(word.shape, Shape::Number | Shape::Url | Shape::Version));
        name::of(words).filter(|_| is_plain && is_thing)
    }

    /// What changed: moved, upgraded, replaced, renamed, dropped.
    fn changed(&self, subjects: &[String], words: &[Word]) -> Vec<Claim> {
        let words = match words {
            [was, rest @ ..] if was.is("was") => rest,
            other => other,
        };
        let Some((verb, rest)) = words
            .split_first()
            .filter(|(verb, _)| verb.is_any(verb::CHANGED))
        else {
            return Vec::new();
        };
        let part = |from: &str| {
            let at = rest.iter().position(|word| word.is(from))?;
            rest.get(at + 1..)
        };
        let before = |stops: &[&str]| {
            let end = rest.iter().position(|word| word.is_any(stops));
            rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
        };
        let one = |words: &[Word], wants| objects(words, wants).into_iter().next();
        let is_passive = words.len() < rest.len() + 1
            || rest
                .first()
                .is_some_and(|word| word.is_any(&["to", "from"]));
        let mut claims = Vec::new();
        let mut say = |subject: &str, relation, object: &str, stance| {
            claims.push(Claim {
                stance,
                is_change: true,
                ..self.claim(subject, relation, object)
            });
        };
        for subject in subjects {
            match verb.low.as_str() {
                "moved" | "migrated" | "switched" | "upgraded" | "bumped" | "updated"
                | "downgraded"
                    if is_passive =>
                {
                    let to = part("to").unwrap_or_default();
                    let from = part("from").unwrap_or_default();
                    if let Some((version, _)) = one(to, Wants::Version) {
                        say(subject, Relation::Version, &version, Stance::Holds);
                    } else if verb.is_any(&["moved", "migrated", "switched"]) {
                        if let Some((path, _)) = one(to, Wants::Path) {
                            say(subject, Relation::LocatedIn, &path, Stance::Holds);
                        } else if let Some((url, _)) = one(to, Wants::Url) {
                            say(subject, Relation::Url, &url, Stance::Holds);
                        } else if let Some((other, _)) = one(to, Wants::Name) {
                            if let Some((old, _)) = one(from, Wants::Name) {
                                say(subject, Relation::Uses, &old, Stance::Ended);
                            }
                            say(subject, Relation::Uses, &other, Stance::Holds);
                        }
                    }
                }
                "upgraded" | "bumped" | "updated" | "downgraded" => {
                    let thing = self.subject(before(&["to", "from"]));
                    let version = part("to").and_then(|to| one(to, Wants::Version));
                    if let (Some(thing), Some((version, _))) = (thing, version) {
                        say(&thing, Relation::Version, &version, Stance::Holds);
                    }
                }
                "moved" | "migrated" | "switched" => {
                    let thing = self.subject(before(&["to", "from"]));
                    let old = part("from").and_then(|from| one(from, Wants::Name));
                    let new = part("to").and_then(|to| one(to, Wants::Name));
                    if let (Some(thing), Some((new, _))) = (thing, new) {
                        if let Some((old, _)) = old {
                            say(&thing, Relation::Uses, &old, Stance::Ended);
                        }
                        say(&thing, Relation::Uses, &new, Stance::Holds);
                    }
                }
                "replaced" => {
                    let old = one(before(&["with", "by"]), Wants::Name);
                    let new = part("with").or_else(|| part("by"));
                    let new = new.and_then(|new| one(new, Wants::Name));
                    if let (Some((old, _)), Some((new, _))) = (old, new) {
                        say(&new, Relation::Replaces, &old, Stance::Holds);
                        say(subject, Relation::Uses, &old, Stance::Ended);
                        say(subject, Relation::Uses, &new, Stance::Holds);
                    } else if let Some((new, _)) = part("by")
                        .or_else(|| part("with"))
                        .filter(|_| is_passive || before(&["with", "by"]).is_empty())
                        .and_then(|new| one(new, Wants::Name))
                    {
                        say(&new, Relation::Replaces, subject, Stance::Holds);
                    }
                }
                "renamed" => {
                    let thing = before(&["to"]);
                    let new = part("to").and_then(|new| one(new, Wants::Name));
                    let old = if thing.is_empty() {
                        Some(subject.clone())
                    } else {
                        self.subject(thing)
                    };
                    if let (Some(old), Some((new, _))) = (old, new) {
                        say(&old, Relation::Alias, &new, Stance::Holds);
                    }
                }
                "adopted" => {
                    if let Some((new, _)) = one(rest, Wants::Name) {
                        say(subject, Relation::Uses, &new, Stance::Holds);
                    }
                }
                "dropped" | "removed" | "stopped" => {
                    let rest = match rest {
                        [using, more @ ..] if using.is("using") => more,
                        [support, ..] if support.is("support") => &[],
                        other if verb.is("stopped") => other.get(other.len()..).unwrap_or_default(),
                        other => other,
                    };
                    if let Some((old, _)) = one(rest, Wants::Name) {
                        say(subject, Relation::Uses, &old, Stance::Ended);
                    }
                }
                _ => {}
            }
        }
        claims
    }
}

/// Takes what denies off a verb: `does not use` becomes `use`.
fn denied(words: &[Word]) -> (Stance, &[Word]) {
    match words {
        [aux, not, rest @ ..] if aux.is_any(&["does", "do", "did"]) && not.is("not") => {
            (Stance::Ended, rest)
        }
        [not, rest @ ..] if not.is("not") => (Stance::Ended, rest),
        _ => (Stance::Holds, words),
    }
}

type Object = (String, Option<String>);

/// Reads what stands behind a verb.
pub(super) fn objects(words: &[Word], wants: Wants) -> Vec<Object> {
    let words = match words {
        [not, ..] if not.is("not") => return Vec::new(),
        other => other,
    };
    match wants {
        Wants::Names => names(words),
        Wants::Name => {
            let names = names(words);
            if names.len() == 1 { names } else { Vec::new() }
        }
        Wants::Port => {
            let rest = match words {
                [port, rest @ ..] if port.is("port") => rest,
                other => other,
            };
            single(rest, Wants::Port)
        }
        Wants::Version => match words {
            [version, number, rest @ ..]
                if version.is_any(&["version", "release"])
                    && rest.first().is_none_or(|next| !next.is("of"))
                    && matches!(number.shape, Shape::Number | Shape::Version) =>
            {
                vec![(number.text.clone(), None)]
            }
            other => single(other, Wants::Version),
        },
        Wants::Path | Wants::Url => single(name::bare(words), wants),
        Wants::Env => {
            let mut found = Vec::new();
            for word in name::bare(words) {
                if verb::is_wanted(word, Wants::Env) {
                    found.extend(name::of(std::slice::from_ref(word)).map(|name| (name, None)));
                } else if !word.is("and") {
                    break;
                }
            }
            found
        }
        Wants::Kind => {
            let has_article = words
                .first()
                .is_some_and(|word| word.is_any(&["a", "an", "our", "the"]));
            let end = words
                .iter()
                .position(|word| word.is_any(STOPS) || word.is("and"))
                .unwrap_or(words.len());
            let part = words.get(..end).unwrap_or_default();
            let cut = part
                .iter()
                .position(|word| word.ends || word.stops)
                .map_or(part.len(), |place| place + 1);
            let part = name::bare(part.get(..cut).unwrap_or_default());
            let fits = has_article && part.len() <= 3 && part.last().is_some_and(verb::is_kind);
            fits.then(|| name::of(part))
                .flatten()
                .map(|name| vec![(name, None)])
                .unwrap_or_default()
        }
    }
}

/// One word of a shape, with nothing behind it that would make it part of something else.
fn single(words: &[Word], wants: Wants) -> Vec<Object> {
    let Some(first) = words.first().filter(|first| verb::is_wanted(first, wants)) else {
        return Vec::new();
    };
    // `version 3 of the protocol`
    if words.get(1).is_some_and(|next| next.is("of")) {
        return Vec::new();
    }
    vec![(first.text.clone(), None)]
}

/// Names in a list: `a`, `a and b`, `a, b and c`.
fn names(words: &[Word]) -> Vec<Object> {
    let mut found: Vec<Object> = Vec::new();
    let mut part: Vec<Word> = Vec::new();
    let mut is_done = false;
    for word in words {
        let is_plus = word.is_any(&["and", "plus"]);
        if word.is("or") {
            return Vec::new();
        }
        if word.is_any(STOPS) && !part.is_empty() || word.is_any(STOPS) && !found.is_empty() {
            break;
        }
        if is_plus {
            if !push(&mut part, &mut found) {
                return found;
            }
            continue;
        }
        part.push(word.clone());
        if word.ends || word.stops {
            if !push(&mut part, &mut found) {
                return found;
            }
            if word.stops {
                is_done = true;
                break;
            }
        }
    }
    if !is_done {
        push(&mut part, &mut found);
    }
    found
}

/// Adds a name of a list; tells whether it was one.
fn push(part: &mut Vec<Word>, found: &mut Vec<Object>) -> bool {
    let words = std::mem::take(part);
    if words.is_empty() {
        return true;
    }
    let bare = name::bare(&words);
    // `postgres 15`, `python version 3.12`
    let (thing, version) = match bare {
        [thing @ .., word, version]
            if word.is("version")
                && !thing.is_empty()
                && matches!(version.shape, Shape::Version | Shape::Number) =>
        {
            (thing, Some(version.text.clone()))
        }
        [thing @ .., version]
            if !thing.is_empty()
                && !version.is_quoted
                && matches!(version.shape, Shape::Version | Shape::Number) =>
        {
            (thing, Some(version.text.clone()))
        }
        other => (other, None),
    };
    let is_plain = thing.iter().all(|word| verb::is_wanted(word, Wants::Name));
    match name::of(thing).filter(|_| is_plain) {
        Some(name) => {
            found.push((name, version));
            true
        }
        None => false,
    }
}

/// A claim without its words.
pub(super) fn claim(subject: &str, relation: Relation, object: &str) -> Claim {
    Claim {
        subject: subject.to_owned(),
        relation,
        object: object.to_owned(),
        qualifier: None,
        stance: Stance::Holds,
        is_change: false,
        from: None,
        until: None,
        sentence: String::new(),
    }
}
