//! Where in a page the values of a text stand.

use crate::code::analyser::template::{Template, Unit};

/// Where in a page a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// Between tags.
    Content,
    /// Between the quotes of an attribute that is plain text.
    Quoted,
    /// In a tag: a name, an attribute without quotes, or one that is a link or code.
    Tag,
    /// In a script or style element, or in a comment.
    Raw,
}

/// Whether a text has the beginning of a tag in it.
pub(super) fn has_tag(text: &str) -> bool {
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '<'
            && letters
                .peek()
                .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!'))
        {
            return true;
        }
    }
    false
}

/// The elements whose tags tell a page from other text with angle brackets in it.
const ELEMENTS: &[&str] = &[
    "a",
    "article",
    "aside",
    "b",
    "blockquote",
    "body",
    "br",
    "button",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "input",
    "label",
    "li",
    "main",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "select",
    "small",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "textarea",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
];

/// Whether a text has the opening tag of an element of a page in it.
pub(super) fn has_element(text: &str) -> bool {
    text.split('<').skip(1).any(|rest| {
        let name: String = rest
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .take(16)
            .collect();
        let after = rest.chars().nth(name.len());
        ELEMENTS.contains(&name.to_ascii_lowercase().as_str())
            && after.is_some_and(|after| after == '>' || after == '/' || after.is_whitespace())
    })
}

/// Whether an attribute holds an address or code, in which escaped text still does harm.
fn is_active(attribute: &str) -> bool {
    attribute.is_empty()
        || attribute.starts_with("on")
        || attribute.contains(':')
        || matches!(
            attribute,
            "action"
                | "archive"
                | "background"
                | "cite"
                | "classid"
                | "codebase"
                | "data"
                | "dynsrc"
                | "formaction"
                | "href"
                | "http-equiv"
                | "icon"
                | "longdesc"
                | "lowsrc"
                | "manifest"
                | "ping"
                | "poster"
                | "profile"
                | "sandbox"
                | "src"
                | "srcdoc"
                | "srcset"
                | "style"
                | "usemap"
                | "content"
        )
}

/// The attribute whose value begins behind the letters of a tag.
fn attribute(tag: &str) -> &str {
    let Some(before) = tag.trim_end().strip_suffix('=') else {
        return "";
    };
    before
        .trim_end()
        .rsplit(|letter: char| letter.is_whitespace() || letter == '/')
        .next()
        .unwrap_or("")
}

/// Says for each hole where in the page it stands.
pub(super) fn spots(template: &Template) -> Vec<Spot> {
    let mut spots = vec![Spot::Raw; template.holes.len()];
    let mut tag: Option<String> = None;
    let mut raw: Option<&str> = None;
    let mut quote: Option<char> = None;
    // Whether a value in the quotes that are open is plain text.
    let mut is_plain = false;
    let mut is_first = true;
    let mut seen = String::new();
    for unit in &template.units {
        match unit {
            Unit::Hole(hole) => {
                let spot = match (&tag, raw, quote) {
                    (_, Some(_), _) => Spot::Raw,
                    (Some(_), None, Some(_)) if is_plain => Spot::Quoted,
                    (Some(_), None, _) => Spot::Tag,
                    // The text may begin inside of a tag that is written elsewhere.
                    (None, None, _) if is_first && ends_in_attribute(&seen) => Spot::Tag,
                    (None, None, _) => Spot::Content,
                };
                if let Some(slot) = spots.get_mut(*hole) {
                    *slot = spot;
                }
                // What a value makes of the name of an attribute is not known.
                if let (Some(name), None) = (&mut tag, quote) {
                    name.push(':');
                }
                seen.clear();
            }
            Unit::Char(letter, _) => {
                is_first &= *letter != '<';
                seen.extend(letter.to_lowercase());
                if seen.chars().count() > 16 {
                    seen.remove(0);
                }
                match (&mut tag, raw) {
                    (None, Some(element)) => {
                        if seen.ends_with(&format!("</{element}"))
                            || element == "-->" && seen.ends_with("-->")
                        {
                            raw = None;
                            if element != "-->" {
                                tag = Some(format!("/{element}"));
                            }
                        }
                    }
                    (None, None) if *letter == '<' => tag = Some(String::new()),
                    (None, None) => {}
                    (Some(name), _) => {
                        let mut is_over = false;
                        if let Some(open) = quote {
                            if *letter == open {
                                quote = None;
                                name.push(' ');
                            }
                        } else if matches!(letter, '"' | '\'') {
                            quote = Some(*letter);
                            is_plain = !is_active(attribute(name));
                        } else if *letter == '>' {
                            let element = name.split_whitespace().next().unwrap_or("").to_owned();
                            raw = match element.as_str() {
                                "script" => Some("script"),
                                "style" => Some("style"),
                                "textarea" => Some("textarea"),
                                _ => None,
                            };
                            is_over = true;
                        } else {
                            name.extend(letter.to_lowercase());
                            if name == "!--" {
                                raw = Some("-->");
                                is_over = true;
                            }
                            // `a < b` is no tag.
                            is_over |= name.starts_with(char::is_whitespace);
                        }
                        if is_over {
                            tag = None;
                        }
                    }
                }
            }
        }
    }
    spots
}

/// Whether the letters in front of a value look like those in front of an attribute's value.
fn ends_in_attribute(seen: &str) -> bool {
    seen.trim_end_matches(['"', '\'']).ends_with('=')
}
