//! Which changes must not reach the host.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::delta::{Delta, Entry, Leads, Role};
use super::marks::Mark;
use super::names::{has_control, plain, shown};
use super::node::{Form, Node};
use super::stage::TEMPORARY;

/// What may be changed.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Paths that stay as they are.
    pub protected: Vec<Protected>,
    /// New links that are absolute or lead out of the workspace.
    pub outward_links: Permit,
    /// New files with several names, all of them new. One that has a name elsewhere is always
    /// refused.
    pub linked_files: Permit,
    /// New names that differ from another by the case of letters alone.
    pub alike_names: Permit,
    /// New names that are no UTF-8.
    pub foreign_names: Permit,
}

/// Whether something is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// It is refused.
    Refuse,
    /// It is kept among build outputs and refused elsewhere.
    KeepInOutputs,
    /// It is kept.
    Keep,
}

impl Permit {
    fn allows(self, role: Role) -> bool {
        match self {
            Self::Refuse => false,
            Self::KeepInOutputs => role == Role::Output,
            Self::Keep => true,
        }
    }
}

/// A path that stays as it is, with all below it, in whatever folder it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    text: String,
    parts: Vec<Vec<u8>>,
    in_outputs: bool,
}

impl Protected {
    /// Protects a path everywhere.
    pub fn everywhere(path: &str) -> Self {
        Self {
            text: path.to_owned(),
            parts: path
                .split('/')
                .map(|part| plain(OsStr::new(part)))
                .collect(),
            in_outputs: true,
        }
    }

    /// Protects a path everywhere but among build outputs: installed packages bring such files.
    pub fn in_sources(path: &str) -> Self {
        Self {
            in_outputs: false,
            ..Self::everywhere(path)
        }
    }

    /// Tells whether a change would touch the path. What is no folder must not stand where one of
    /// the folders above the path would: a link there would bring the path from elsewhere.
    fn is_touched(&self, parts: &[Vec<u8>], entry: &Entry) -> bool {
        if entry.role == Role::Output && !self.in_outputs {
            return false;
        }
        let puts_no_folder = entry
            .new
            .as_ref()
            .is_some_and(|new| new.form != Form::Folder);
        (0..parts.len()).any(|start| {
            let rest = parts.get(start..).unwrap_or_default();
            rest.starts_with(&self.parts) || (puts_no_folder && self.parts.starts_with(rest))
        })
    }
}

impl Default for Rules {
    /// Refuses everything doubtful. A file with several names is kept where all names are new:
    /// build tools link their results.
    fn default() -> Self {
        let git = [
            ".git/hooks",
            ".git/config",
            ".git/config.worktree",
            ".git/info/attributes",
            // Each of these makes git read another repository's hooks and settings.
            ".git/commondir",
            ".git/modules",
            ".git/worktrees",
            ".gitmodules",
            ".venom",
        ];
        let tools = [".vscode", ".idea", ".mcp.json", ".envrc"];
        let protected = git.iter().map(|path| Protected::everywhere(path));
        let protected = protected.chain(tools.iter().map(|path| Protected::in_sources(path)));
        Self {
            protected: protected.collect(),
            outward_links: Permit::Refuse,
            linked_files: Permit::Keep,
            alike_names: Permit::Refuse,
            foreign_names: Permit::Refuse,
        }
    }
}

/// A change that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The path.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A file that would run as somebody else, or is marked to stay.
    SpecialBits(u32),
    /// A device, pipe or socket.
    SpecialFile(Form),
    /// A link with an absolute target.
    AbsoluteLink(PathBuf),
    /// A link that leaves the workspace.
    OutwardLink(PathBuf),
    /// A file that has a name that is not among the changes.
    LinkedElsewhere,
    /// A file with several names.
    Linked,
    /// A protected path, by the rule.
    Protected(String),
    /// A name that some systems take for `.git`.
    Disguised,
    /// A name that some systems take for another of the same folder.
    Alike(PathBuf),
    /// A name with control characters.
    ControlCharacters,
    /// A name that is no UTF-8.
    ForeignName,
    /// A name that VENOM keeps for itself.
    Reserved,
    /// A mark that no honest overlay leaves, or something that cannot be read.
    Marked(Mark),
}

impl Refusal {
    /// Returns what can be done about it.
    pub const fn remedy(&self) -> &'static str {
        match &self.reason {
            Reason::SpecialBits(_) => "let the command leave the file with plain permissions",
            Reason::SpecialFile(_) => "let the command make it in /tmp, or remove it when done",
            Reason::AbsoluteLink(_) | Reason::OutwardLink(_) => {
                "let the link name its target relative to itself and inside the workspace, or allow \
                 outward links in the policy"
            }
            Reason::LinkedElsewhere | Reason::Linked => "let the command copy the file instead",
            Reason::Protected(_) => {
                "make this change yourself, or take the path off the policy's protected paths"
            }
            Reason::Disguised | Reason::ControlCharacters | Reason::Reserved => {
                "let the command choose another name"
            }
            Reason::Alike(_) => {
                "let the command choose another name, or allow names that differ by case in the \
                 policy"
            }
            Reason::ForeignName => {
                "let the command choose a name in UTF-8, or allow foreign names in the policy"
            }
            Reason::Marked(Mark::Unreadable) => "let the command leave it readable to its owner",
            Reason::Marked(_) => "drop the command's changes; they did not come about honestly",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", shown(&self.path))?;
        match &self.reason {
            Reason::SpecialBits(mode) => write!(f, "has the permission bits {mode:o}"),
            Reason::SpecialFile(form) => write!(f, "is {}", form.words()),
            Reason::AbsoluteLink(target) => {
                write!(f, "is a link to the absolute path `{}`", shown(target))
            }
            Reason::OutwardLink(target) => {
                write!(f, "is a link out of the workspace, to `{}`", shown(target))
            }
            Reason::LinkedElsewhere => f.write_str("has another name outside the changes"),
            Reason::Linked => f.write_str("is a file with several names"),
            Reason::Protected(rule) => write!(f, "is protected (`{rule}`)"),
            Reason::Disguised => f.write_str("passes for `.git` on some systems"),
            Reason::Alike(other) => {
                write!(f, "differs from `{}` by case alone", shown(other))
            }
            Reason::ControlCharacters => f.write_str("has control characters in its name"),
            Reason::ForeignName => f.write_str("has a name that is not UTF-8"),
            Reason::Reserved => write!(f, "is below a name that begins with `{TEMPORARY}`"),
            Reason::Marked(mark) => mark.fmt(f),
        }
    }
}

/// A delta in which nothing is refused. Only such a one can be committed.
#[derive(Debug, Clone, Copy)]
pub struct Cleared<'a> {
    pub(super) delta: &'a Delta,
}

impl<'a> Cleared<'a> {
    /// Returns the delta.
    pub const fn delta(self) -> &'a Delta {
        self.delta
    }
}

impl Delta {
    /// Checks the delta; one refused change refuses all of it.
    pub fn clear(&self, rules: &Rules) -> Result<Cleared<'_>, Vec<Refusal>> {
        let refusals = check(self, rules);
        if refusals.is_empty() {
            Ok(Cleared { delta: self })
        } else {
            Err(refusals)
        }
    }
}

/// Names the changes that must not reach the host, in the order of their paths.
pub fn check(delta: &Delta, rules: &Rules) -> Vec<Refusal> {
    let mut refusals: Vec<Refusal> = delta
        .marked
        .iter()
        .map(|marked| Refusal {
            path: marked.path.clone(),
            reason: Reason::Marked(marked.mark.clone()),
        })
        .collect();
    for entry in &delta.entries {
        let reasons = refused(entry, rules).into_iter();
        refusals.extend(reasons.map(|reason| Refusal {
            path: entry.path.clone(),
            reason,
        }));
    }
    refusals.sort_by(|a, b| a.path.cmp(&b.path));
    refusals
}

fn refused(entry: &Entry, rules: &Rules) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let parts: Vec<Vec<u8>> = entry.path.iter().map(plain).collect();
    let touched = rules
        .protected
        .iter()
        .find(|rule| rule.is_touched(&parts, entry));
    if let Some(rule) = touched {
        reasons.push(Reason::Protected(rule.text.clone()));
    }
    let Some(new) = &entry.new else {
        return reasons;
    };
    // What an interrupted commit left is not for commands to rewrite.
    if entry
        .path
        .iter()
        .any(|part| part.as_bytes().starts_with(TEMPORARY.as_bytes()))
    {
        reasons.push(Reason::Reserved);
    }
    refuse_node(entry, new, rules, &mut reasons);
    if entry.old.is_none() {
        refuse_name(entry, rules, &mut reasons);
    }
    reasons
}

fn refuse_node(entry: &Entry, new: &Node, rules: &Rules, reasons: &mut Vec<Reason>) {
    match new.form {
        Form::File => {
            if new.mode & 0o7000 != 0 {
                reasons.push(Reason::SpecialBits(new.mode));
            }
            if new.print.links > entry.facts.names {
                reasons.push(Reason::LinkedElsewhere);
            } else if new.print.links > 1 && !rules.linked_files.allows(entry.role) {
                reasons.push(Reason::Linked);
            }
        }
        // New folders inherit the group bit from the folder that they are in.
        Form::Folder => {
            if new.mode & 0o4000 != 0 {
                reasons.push(Reason::SpecialBits(new.mode));
            }
        }
        Form::Link => {
            let target = || new.target.clone().unwrap_or_default();
            if !rules.outward_links.allows(entry.role) {
                match entry.facts.leads {
                    Some(Leads::Absolute) => reasons.push(Reason::AbsoluteLink(target())),
                    Some(Leads::Outside) => reasons.push(Reason::OutwardLink(target())),
                    None => {}
                }
            }
        }
        Form::Pipe | Form::Socket | Form::Device => reasons.push(Reason::SpecialFile(new.form)),
    }
}

fn refuse_name(entry: &Entry, rules: &Rules, reasons: &mut Vec<Reason>) {
    let name = name(&entry.path);
    if plain(name) == b".git" && name != ".git" {
        reasons.push(Reason::Disguised);
    }
    if has_control(name) {
        reasons.push(Reason::ControlCharacters);
    }
    if name.to_str().is_none() && !rules.foreign_names.allows(entry.role) {
        reasons.push(Reason::ForeignName);
    }
    if let Some(other) = &entry.facts.alike
        && !rules.alike_names.allows(entry.role)
    {
        reasons.push(Reason::Alike(other.clone()));
    }
}

fn name(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}
