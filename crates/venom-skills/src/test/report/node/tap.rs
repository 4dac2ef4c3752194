//! The TAP of node: points nested by four blanks a level, each followed by a YAML block two blanks further in.

use super::{Ending, Failure, Point, Verdict, text};

/// The deepest nesting that is followed.
const MAX_DEPTH: usize = 64;

/// Reads the points and the number of tests in the summary.
pub(super) fn read(source: &str) -> (Vec<Point>, Option<usize>) {
    let mut reader = Reader::default();
    for line in source.lines() {
        reader.take(line);
    }
    reader.close_point();
    let told = source
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("# tests ")?.parse().ok());
    (reader.points, told)
}

#[derive(Default)]
struct Reader {
    points: Vec<Point>,
    /// The names announced by `# Subtest:`, outermost first.
    open: Vec<String>,
    /// How many points each level has had since its parent was announced.
    children: Vec<usize>,
    /// The point whose YAML block may follow, with the depth it stands at.
    last: Option<(usize, Point)>,
    /// Inside a YAML block, with the key whose lines are being gathered.
    block: Option<Block>,
    code: String,
    signal: String,
    has_process: bool,
}

#[derive(Default)]
struct Block {
    gathers_message: bool,
}

impl Reader {
    fn take(&mut self, line: &str) {
        let blanks = line.len() - line.trim_start_matches(' ').len();
        if let Some((depth, _)) = self.last {
            let at = depth * 4 + 2;
            let inside = line.get(at..).filter(|_| blanks >= at);
            match (&mut self.block, inside) {
                (None, Some("---")) => {
                    self.block = Some(Block::default());
                    return;
                }
                (Some(_), Some("...")) => {
                    self.close_point();
                    return;
                }
                (Some(_), Some(inside)) => {
                    self.take_yaml(inside);
                    return;
                }
                // Blank lines of a message lose their indentation when they are cut by an editor or a log.
                (Some(_), None) if line.trim().is_empty() => return,
                (Some(_) | None, _) => self.close_point(),
            }
        }
        let depth = blanks / 4;
        let line = line.trim_start_matches(' ');
        if depth > MAX_DEPTH {
            return;
        }
        if let Some(name) = line.strip_prefix("# Subtest: ") {
            self.open.truncate(depth);
            self.open.push(unescape(name));
        } else if let Some(rest) = line.strip_prefix("ok ") {
            self.begin_point(depth, rest, true);
        } else if let Some(rest) = line.strip_prefix("not ok ") {
            self.begin_point(depth, rest, false);
        }
    }

    fn begin_point(&mut self, depth: usize, rest: &str, is_ok: bool) {
        let Some((number, description)) = rest.split_once(" - ") else {
            return;
        };
        if number.parse::<u32>().is_err() {
            return;
        }
        let (name, directive) = split_directive(description);
        self.children
            .resize(depth.saturating_add(2).max(self.children.len()), 0);
        let has_children = self.children.get(depth + 1).is_some_and(|count| *count > 0);
        self.children.truncate(depth + 1);
        if let Some(count) = self.children.get_mut(depth) {
            *count += 1;
        }
        let parents = self.open.iter().take(depth).map(String::as_str);
        let name = unescape(name);
        let path: Vec<&str> = parents.chain([name.as_str()]).collect();
        let verdict = match directive {
            Some(reason) => Verdict::Skipped(reason.to_owned()),
            None if is_ok => Verdict::Passed,
            None => Verdict::Broken(Failure::default()),
        };
        self.last = Some((
            depth,
            Point {
                path: path.join(" > "),
                has_children,
                verdict,
            },
        ));
    }

    fn take_yaml(&mut self, line: &str) {
        let Some((
            _,
            Point {
                verdict: Verdict::Broken(failure),
                ..
            },
        )) = &mut self.last
        else {
            return;
        };
        let Some(block) = &mut self.block else { return };
        if line.starts_with(' ') {
            if block.gathers_message {
                failure
                    .message
                    .push_str(line.strip_prefix("  ").unwrap_or(line));
                failure.message.push('\n');
            }
            return;
        }
        block.gathers_message = false;
        let Some((key, value)) = line.split_once(": ") else {
            return;
        };
        let value = value.trim().trim_matches('\'');
        match key {
            "failureType" => value.clone_into(&mut failure.kind),
            "error" if value.starts_with('|') => block.gathers_message = true,
            "error" => value.clone_into(&mut failure.message),
            "exitCode" => {
                self.has_process = true;
                value.clone_into(&mut self.code);
            }
            "signal" => {
                self.has_process = true;
                value.clone_into(&mut self.signal);
            }
            _ => {}
        }
    }

    fn close_point(&mut self) {
        self.block = None;
        let code = std::mem::take(&mut self.code);
        let signal = std::mem::take(&mut self.signal);
        let has_process = std::mem::take(&mut self.has_process);
        if let Some((_, mut point)) = self.last.take() {
            if let Verdict::Broken(failure) = &mut point.verdict
                && has_process
            {
                failure.process = Some(Ending::of(&code, &signal));
                failure.message = format!("{} (code {code}, signal {signal})", failure.message);
            }
            self.points.push(point);
        }
    }
}

/// Splits `name # SKIP reason`. A `#` of the name itself is escaped.
fn split_directive(description: &str) -> (&str, Option<&str>) {
    for word in [" # SKIP", " # TODO"] {
        if let Some((name, reason)) = description.rsplit_once(word) {
            return (
                name,
                Some(text::head(reason.trim(), super::super::MAX_MESSAGE_BYTES)),
            );
        }
    }
    (description, None)
}

fn unescape(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut characters = name.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            plain.extend(characters.next());
        } else {
            plain.push(character);
        }
    }
    plain
}
