//! What a listing of the workspace could not read, as results tell it: nobody should take "nothing
//! was found" for "there is nothing" when a part was not looked at.

use serde_json::{Value, json};
use venom_kernel::change::RelPath;

use crate::bounded::{self, push};
use crate::name;
use crate::schema::{self, Object};

/// The most of them that a result lists; all are counted.
const LISTED: usize = 1_000;

/// How many are named in the text for people.
const NAMED: usize = 20;

/// Names that are no text, and folders that could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Unread {
    names: Vec<String>,
    folders: Vec<String>,
}

impl Unread {
    /// Tells apart what a listing gives as unreadable.
    pub(crate) fn of(unreadable: &[RelPath]) -> Self {
        let mut unread = Self::default();
        for path in unreadable {
            let path = path.to_string();
            if is_no_text(&path) {
                unread.names.push(path);
            } else {
                unread.folders.push(path);
            }
        }
        unread
    }

    /// Tells whether everything could be read.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.folders.is_empty()
    }

    /// Adds the properties of a result that tell of it.
    pub(crate) fn properties(object: Object) -> Object {
        object
            .must(
                "unreadable",
                schema::texts(
                    "Files and folders that were not looked at because their names are no text \
                     (odd bytes stand as `\\xff`) and folders that could not be opened, at most \
                     1,000 of them.",
                ),
            )
            .must(
                "unreadable_count",
                schema::number("How many of them there are."),
            )
    }

    /// Puts them into a result.
    pub(crate) fn tell(&self, result: &mut Value) {
        let all = self.names.iter().chain(&self.folders);
        let listed: Vec<&String> = all.take(LISTED).collect();
        if let Some(result) = result.as_object_mut() {
            result.insert("unreadable".to_owned(), json!(listed));
            result.insert(
                "unreadable_count".to_owned(),
                json!(self.names.len() + self.folders.len()),
            );
        }
    }

    /// Says it to people; empty if everything could be read.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for (all, noun, why) in [
            (&self.names, "name", "could not be read as text"),
            (&self.folders, "folder", "could not be opened"),
        ] {
            if all.is_empty() {
                continue;
            }
            let named = name::all(all.iter().take(NAMED).map(String::as_str));
            let more = all.len() - named.len();
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            push(
                &mut text,
                format_args!(
                    "{} {why}, so what is there was not looked at: {}{more}.\n",
                    bounded::counted(all.len(), noun),
                    named.join(", ")
                ),
            );
        }
        text
    }
}

/// Tells whether a path stands for a name that is no text: the workspace writes its odd bytes, which
/// are never ASCII, as `\xff`, or replaces them.
fn is_no_text(path: &str) -> bool {
    path.contains('\u{fffd}')
        || path.split("\\x").skip(1).any(|rest| {
            let mut digits = rest.chars();
            matches!(digits.next(), Some('8' | '9' | 'a'..='f'))
                && matches!(digits.next(), Some('0'..='9' | 'a'..='f'))
        })
}
