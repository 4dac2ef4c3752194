//! How a changelog is written: what a heading of a version looks like, whether entries are sorted under
//! titles, and which sign begins an entry. All of it is read from the file.

use std::collections::BTreeMap;

use super::super::grouped::Section;
use super::super::version::Version;
use crate::bounded::push;

/// What a new file begins with.
const NEW: &str = "# Changelog\n\nThe form is that of https://keepachangelog.com, and versions follow https://semver.org.\n";

/// How headings are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// By so many `#` in front.
    Hashes(usize),
    /// By a line of this sign below.
    Below(char),
}

/// A heading of a version, with the lines that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Release {
    /// The lines of the heading: from, and behind the last.
    heading: (usize, usize),
    /// Behind its last line.
    end: usize,
    /// The version, as it is written; `None` for what is not released.
    version: Option<String>,
    /// Whether it stands in brackets.
    in_brackets: bool,
    /// What stands between the version and the date; `None` if there is no date.
    date: Option<(String, String)>,
    mark: Mark,
}

/// A changelog and the manner in which it is written.
#[derive(Debug)]
pub(super) struct Form<'a> {
    lines: Vec<&'a str>,
    end_of_line: &'static str,
    releases: Vec<Release>,
    /// The sign that begins an entry.
    bullet: char,
    /// The mark of titles such as "Added"; `None` if entries are not sorted.
    titles: Option<Mark>,
    /// Entries in lower case, to find what is known.
    known: std::collections::BTreeSet<String>,
}

impl<'a> Form<'a> {
    /// Reads the manner of a changelog.
    pub(super) fn of(text: &'a str) -> Self {
        let end_of_line = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let lines: Vec<&str> = text.lines().collect();
        let releases = releases(&lines);
        let entries = lines.iter().filter_map(|line| entry(line));
        let signs: Vec<char> = entries.clone().map(|(sign, _)| sign).collect();
        let stars = signs.iter().filter(|sign| **sign == '*').count();
        let bullet = if stars * 2 > signs.len() { '*' } else { '-' };
        let known = entries.map(|(_, text)| folded(text)).collect();
        let has_entries = !signs.is_empty();
        let titles = titles(&lines).or_else(|| {
            let level = match releases.first().map(|release| release.mark) {
                Some(Mark::Hashes(level)) => level.saturating_add(1),
                Some(Mark::Below(_)) => return Some(Mark::Below('~')),
                None => 3,
            };
            Some(Mark::Hashes(level))
        });
        let is_sorted = self::titles(&lines).is_some() || !has_entries;
        Self {
            end_of_line,
            releases,
            bullet,
            titles: titles.filter(|_| is_sorted),
            known,
            lines,
        }
    }

    /// Tells whether an entry is in the file already, whatever its capitals and its end.
    pub(super) fn knows(&self, what: &str) -> bool {
        self.known.contains(&folded(what))
    }

    /// Returns the file with entries under a version, or under what is not released. Entries that were
    /// waiting to be released go along with the version.
    pub(super) fn with(
        &self,
        version: Option<&str>,
        day: &str,
        entries: &BTreeMap<Section, Vec<String>>,
    ) -> String {
        let is_named = |release: &&Release, name: &str| {
            let plain = |text: &str| text.trim_start_matches('v').to_owned();
            release.version.as_deref().map(plain) == Some(plain(name))
        };
        let unreleased = self
            .releases
            .iter()
            .find(|release| release.version.is_none());
        let found = match version {
            Some(version) => self
                .releases
                .iter()
                .find(|release| is_named(release, version)),
            None => unreleased,
        };
        let mut lines: Vec<String> = self.lines.iter().map(|line| (*line).to_owned()).collect();
        if lines.is_empty() {
            lines = NEW.lines().map(str::to_owned).collect();
        }
        let is_empty = entries.values().all(Vec::is_empty);
        match (found, version, unreleased) {
            (Some(release), _, _) => self.fill(&mut lines, release, entries),
            // What waited is what is released: its heading gets the version.
            (None, Some(version), Some(waiting)) => {
                self.fill(&mut lines, waiting, entries);
                let (from, to) = waiting.heading;
                let mut heading = self.heading(None, day);
                heading.push(String::new());
                heading.extend(self.heading(Some(version), day));
                if !self.keeps_unreleased() {
                    heading = self.heading(Some(version), day);
                }
                lines.splice(from..to, heading);
            }
            (None, version, None) if version.is_some() || !is_empty => {
                let mut block = self.heading(version, day);
                block.push(String::new());
                block.extend(self.sorted(entries));
                let at = if let Some(first) = self.releases.first() {
                    block.push(String::new());
                    first.heading.0
                } else {
                    while lines.last().is_some_and(|line| line.trim().is_empty()) {
                        lines.pop();
                    }
                    lines.push(String::new());
                    lines.len()
                };
                while block
                    .windows(2)
                    .last()
                    .is_some_and(|pair| pair.iter().all(String::is_empty))
                {
                    block.pop();
                }
                lines.splice(at..at, block);
            }
            (None, _, _) => return self.original(),
        }
        let mut text = lines.join(self.end_of_line);
        text.push_str(self.end_of_line);
        text
    }

    fn original(&self) -> String {
        let mut text = self.lines.join(self.end_of_line);
        if !self.lines.is_empty() {
            text.push_str(self.end_of_line);
        }
        text
    }

    /// Tells whether the file keeps a heading for what is not released: the manner of
    /// keepachangelog.com, whose headings stand in brackets.
    fn keeps_unreleased(&self) -> bool {
        self.releases.iter().any(|release| release.in_brackets)
    }

    fn heading(&self, version: Option<&str>, day: &str) -> Vec<String> {
        let manner = self
            .releases
            .iter()
            .find(|release| release.version.is_some());
        let any = manner.or_else(|| self.releases.first());
        let in_brackets = any.is_none_or(|release| release.in_brackets);
        let has_v = manner
            .and_then(|release| release.version.as_deref())
            .is_some_and(|version| version.starts_with('v'));
        let name = match version {
            None => "Unreleased".to_owned(),
            Some(version) => {
                let plain = version.trim_start_matches('v');
                format!("{}{plain}", if has_v { "v" } else { "" })
            }
        };
        let mut title = if in_brackets {
            format!("[{name}]")
        } else {
            name
        };
        let dated = match manner {
            Some(manner) => manner.date.clone(),
            None => Some((" - ".to_owned(), String::new())),
        };
        if let (Some((before, after)), true) = (dated, version.is_some()) {
            push(&mut title, format_args!("{before}{day}{after}"));
        }
        marked(&title, any.map_or(Mark::Hashes(2), |release| release.mark))
    }

    /// Lists entries, under titles if the file has such.
    fn sorted(&self, entries: &BTreeMap<Section, Vec<String>>) -> Vec<String> {
        let mut lines = Vec::new();
        for (section, texts) in entries.iter().filter(|(_, texts)| !texts.is_empty()) {
            if let Some(mark) = self.titles {
                if !lines.is_empty() {
                    lines.push(String::new());
                }
                lines.extend(marked(section.title(), mark));
                lines.push(String::new());
            }
            lines.extend(texts.iter().map(|text| format!("{} {text}", self.bullet)));
        }
        lines
    }

    /// Puts entries below a heading that is there, each at the end of its own title.
    fn fill(
        &self,
        lines: &mut Vec<String>,
        release: &Release,
        entries: &BTreeMap<Section, Vec<String>>,
    ) {
        let (_, body) = release.heading;
        let Some(mark) = self.titles else {
            let at = behind_text(lines, body, release.end);
            let mut block = self.sorted(entries);
            if at == body && !block.is_empty() {
                block.insert(0, String::new());
            }
            lines.splice(at..at, block);
            return;
        };
        let mut end = release.end;
        // From the last to the first, so that what is put in moves nothing that is still to come.
        let mut missing: BTreeMap<Section, Vec<String>> = BTreeMap::new();
        let mut put = Vec::new();
        for (section, texts) in entries.iter().filter(|(_, texts)| !texts.is_empty()) {
            match title_at(lines, body, end, section.title(), mark) {
                Some((from, to)) => {
                    let at = behind_text(lines, from, to);
                    let texts = texts.iter().map(|text| format!("{} {text}", self.bullet));
                    put.push((at, texts.collect::<Vec<_>>()));
                }
                None => {
                    missing.insert(*section, texts.clone());
                }
            }
        }
        put.sort();
        for (at, texts) in put.into_iter().rev() {
            end += texts.len();
            lines.splice(at..at, texts);
        }
        let mut block = self.sorted(&missing);
        if !block.is_empty() {
            let at = behind_text(lines, body, end);
            block.insert(0, String::new());
            let is_followed = lines.get(at).is_some_and(|line| !line.trim().is_empty());
            if is_followed {
                block.push(String::new());
            }
            lines.splice(at..at, block);
        }
    }
}

fn marked(title: &str, mark: Mark) -> Vec<String> {
    match mark {
        Mark::Hashes(level) => vec![format!("{} {title}", "#".repeat(level))],
        Mark::Below(sign) => vec![
            title.to_owned(),
            sign.to_string().repeat(title.chars().count()),
        ],
    }
}

/// Returns the place behind the last line with text between two places.
fn behind_text(lines: &[String], from: usize, to: usize) -> usize {
    let part = lines.get(from..to.min(lines.len())).unwrap_or_default();
    let last = part.iter().rposition(|line| !line.trim().is_empty());
    last.map_or(from, |last| from + last + 1)
}

/// Finds a title and the lines that belong to it.
fn title_at(
    lines: &[String],
    from: usize,
    to: usize,
    title: &str,
    mark: Mark,
) -> Option<(usize, usize)> {
    let plain: Vec<&str> = lines.iter().map(String::as_str).collect();
    let to = to.min(plain.len());
    let (_, begin) = (from..to).find_map(|at| {
        let (found, text, behind) = heading_at(&plain, at)?;
        (found == mark && text.trim().eq_ignore_ascii_case(title)).then_some((at, behind))
    })?;
    let next = (begin..to).find(|at| heading_at(&plain, *at).is_some());
    Some((begin, next.unwrap_or(to)))
}

/// Reads a heading: its mark, its text, and the place behind it.
fn heading_at<'t>(lines: &[&'t str], at: usize) -> Option<(Mark, &'t str, usize)> {
    let line = lines.get(at)?;
    let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
    if (1..=6).contains(&hashes) {
        let text = line.get(hashes..)?.strip_prefix(' ')?;
        return Some((
            Mark::Hashes(hashes),
            text.trim().trim_end_matches('#').trim(),
            at + 1,
        ));
    }
    let below = lines.get(at + 1)?.trim_end();
    let sign = below.chars().next()?;
    let is_line = "=-~^+*".contains(sign) && below.len() >= 3 && below.chars().all(|c| c == sign);
    let is_text = !line.trim().is_empty() && entry(line).is_none();
    (is_line && is_text).then(|| (Mark::Below(sign), line.trim(), at + 2))
}

/// Reads an entry: its sign and its text.
fn entry(line: &str) -> Option<(char, &str)> {
    let line = line.trim_start();
    let sign = line
        .chars()
        .next()
        .filter(|sign| matches!(sign, '-' | '*' | '+'))?;
    let text = line.get(1..)?.strip_prefix(' ')?.trim();
    (!text.is_empty()).then_some((sign, text))
}

fn folded(text: &str) -> String {
    text.trim().trim_end_matches('.').to_lowercase()
}

/// Finds the mark of titles such as "Added".
fn titles(lines: &[&str]) -> Option<Mark> {
    (0..lines.len()).find_map(|at| {
        let (mark, text, _) = heading_at(lines, at)?;
        let is_title = Section::ALL
            .iter()
            .any(|section| section.title().eq_ignore_ascii_case(text));
        is_title.then_some(mark)
    })
}

/// Finds the headings of versions.
fn releases(lines: &[&str]) -> Vec<Release> {
    let mut found: Vec<Release> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some((mark, text, behind)) = heading_at(lines, at) else {
            at += 1;
            continue;
        };
        if let Some((version, in_brackets, date)) = title_of_release(text) {
            if let Some(last) = found.last_mut() {
                last.end = at;
            }
            found.push(Release {
                heading: (at, behind),
                end: lines.len(),
                version,
                in_brackets,
                date,
                mark,
            });
        }
        at = behind;
    }
    // References of links stand at the end of the file and belong to no version.
    if let Some(last) = found.last_mut() {
        let body = lines.get(last.heading.1..).unwrap_or_default();
        let tail = body
            .iter()
            .rev()
            .take_while(|line| line.trim().is_empty() || line.starts_with('['))
            .count();
        last.end = lines.len() - tail;
    }
    found
}

type Title = (Option<String>, bool, Option<(String, String)>);

/// Reads a heading of a version: `[1.2.0] - 2026-01-31`, `v1.2.0 (2026-01-31)`, `Unreleased`.
fn title_of_release(text: &str) -> Option<Title> {
    let text = text.strip_prefix("Version ").unwrap_or(text);
    let (name, rest, in_brackets) = if let Some(inner) = text.strip_prefix('[') {
        let (name, rest) = inner.split_once(']')?;
        // The rest may begin with where the link leads.
        let rest = match rest.strip_prefix('(') {
            Some(link) => link.split_once(')').map_or("", |(_, rest)| rest),
            None => rest,
        };
        (name, rest, true)
    } else {
        let end = text
            .find(|c: char| c.is_whitespace() || c == ',' || c == ':')
            .unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        (name, rest, false)
    };
    if name.eq_ignore_ascii_case("unreleased") {
        return Some((None, in_brackets, None));
    }
    Version::parse(name)?;
    let date = rest.find(|c: char| c.is_ascii_digit()).and_then(|at| {
        let (before, rest) = rest.split_at_checked(at)?;
        let (day, after) = rest.split_at_checked(10)?;
        let is_day = day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        is_day.then(|| (before.to_owned(), after.to_owned()))
    });
    Some((Some(name.to_owned()), in_brackets, date))
}

#[cfg(test)]
mod tests;
