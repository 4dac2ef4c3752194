//! Comments of many languages, by file name.
//!
//! A scanner of characters that knows strings and comments and nothing else. Where a string may not
//! span lines it ends with the line, so that an apostrophe in a place that the scanner does not
//! understand costs one line and not the rest of the file.

/// A line of a comment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comment<'t> {
    /// The line, from one.
    pub(super) line: usize,
    /// The text, without what begins the comment.
    pub(super) text: &'t str,
}

/// How comments and strings of a language look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax {
    line: &'static [&'static str],
    block: &'static [(&'static str, &'static str)],
    strings: &'static [Quote],
    /// Whether what begins a line comment counts only behind white space, as in shells.
    needs_space: bool,
}

/// How a string looks.
#[derive(Debug, Clone, Copy)]
struct Quote {
    begin: &'static str,
    end: &'static str,
    escapes: bool,
    spans_lines: bool,
    /// Whether it is a comment when it stands alone at the beginning of a line: a documentation
    /// string of Python.
    documents: bool,
}

const fn short(mark: &'static str) -> Quote {
    Quote {
        begin: mark,
        end: mark,
        escapes: true,
        spans_lines: false,
        documents: false,
    }
}

const fn long(mark: &'static str) -> Quote {
    Quote {
        begin: mark,
        end: mark,
        escapes: true,
        spans_lines: true,
        documents: false,
    }
}

const fn raw(begin: &'static str, end: &'static str) -> Quote {
    Quote {
        begin,
        end,
        escapes: false,
        spans_lines: true,
        documents: false,
    }
}

const PYTHON: Syntax = Syntax {
    line: &["#"],
    block: &[],
    strings: &[
        Quote {
            begin: "\"\"\"",
            end: "\"\"\"",
            escapes: true,
            spans_lines: true,
            documents: true,
        },
        Quote {
            begin: "'''",
            end: "'''",
            escapes: true,
            spans_lines: true,
            documents: true,
        },
        short("\""),
        short("'"),
    ],
    needs_space: false,
};
const HASH: Syntax = Syntax {
    line: &["#"],
    block: &[],
    strings: &[short("\""), short("'")],
    needs_space: true,
};
const RUST: Syntax = Syntax {
    line: &["//"],
    block: &[("/*", "*/")],
    // An apostrophe is more often a lifetime than a character.
    strings: &[
        raw("r##\"", "\"##"),
        raw("r#\"", "\"#"),
        raw("r\"", "\""),
        raw("'\"'", ""),
        long("\""),
    ],
    needs_space: false,
};
const SCRIPT: Syntax = Syntax {
    line: &["//"],
    block: &[("/*", "*/"), ("<!--", "-->")],
    strings: &[short("\""), short("'"), long("`")],
    needs_space: false,
};
const CURLY: Syntax = Syntax {
    line: &["//"],
    block: &[("/*", "*/")],
    strings: &[raw("\"\"\"", "\"\"\""), short("\""), short("'")],
    needs_space: false,
};
const GO: Syntax = Syntax {
    line: &["//"],
    block: &[("/*", "*/")],
    strings: &[short("\""), short("'"), raw("`", "`")],
    needs_space: false,
};
const PHP: Syntax = Syntax {
    line: &["//", "#"],
    block: &[("/*", "*/"), ("<!--", "-->")],
    strings: &[long("\""), long("'")],
    needs_space: false,
};
const STYLE: Syntax = Syntax {
    line: &[],
    block: &[("/*", "*/")],
    strings: &[short("\""), short("'")],
    needs_space: false,
};
const SQL: Syntax = Syntax {
    line: &["--"],
    block: &[("/*", "*/")],
    strings: &[raw("'", "'"), raw("\"", "\"")],
    needs_space: false,
};
const LUA: Syntax = Syntax {
    line: &["--"],
    block: &[("--[[", "]]")],
    strings: &[short("\""), short("'"), raw("[[", "]]")],
    needs_space: false,
};
const HASKELL: Syntax = Syntax {
    line: &["--"],
    block: &[("{-", "-}")],
    strings: &[short("\"")],
    needs_space: false,
};
const LISP: Syntax = Syntax {
    line: &[";"],
    block: &[("#|", "|#")],
    strings: &[long("\"")],
    needs_space: false,
};
const PERCENT: Syntax = Syntax {
    line: &["%"],
    block: &[],
    strings: &[short("\"")],
    needs_space: false,
};
const MARKUP: Syntax = Syntax {
    line: &[],
    block: &[("<!--", "-->")],
    strings: &[],
    needs_space: false,
};
const RUBY: Syntax = Syntax {
    line: &["#"],
    block: &[("\n=begin", "\n=end")],
    strings: &[long("\""), long("'")],
    needs_space: true,
};
const INI: Syntax = Syntax {
    line: &["#", ";"],
    block: &[],
    strings: &[],
    needs_space: true,
};
const POWERSHELL: Syntax = Syntax {
    line: &["#"],
    block: &[("<#", "#>")],
    strings: &[short("\""), short("'")],
    needs_space: true,
};
const TERRAFORM: Syntax = Syntax {
    line: &["#", "//"],
    block: &[("/*", "*/")],
    strings: &[short("\"")],
    needs_space: true,
};

impl Syntax {
    /// Finds the syntax of a file; `None` if its language is not known.
    pub(super) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?.to_ascii_lowercase();
        let names = [
            "makefile",
            "gnumakefile",
            "dockerfile",
            "containerfile",
            "justfile",
            "jenkinsfile",
            "vagrantfile",
            "gemfile",
            "rakefile",
            "cmakelists.txt",
            "procfile",
            ".gitignore",
            ".dockerignore",
            ".gitattributes",
            ".editorconfig",
            ".env",
            "codeowners",
            "requirements.txt",
        ];
        if names.contains(&name.as_str()) {
            return Some(if name == "jenkinsfile" { CURLY } else { HASH });
        }
        Some(match name.rsplit_once('.')?.1 {
            "py" | "pyi" | "pyx" => PYTHON,
            "rs" => RUST,
            "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte"
            | "astro" => SCRIPT,
            "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" | "hh" | "hxx" | "java" | "kt" | "kts"
            | "swift" | "scala" | "cs" | "dart" | "proto" | "scss" | "less" | "zig" | "groovy"
            | "gradle" | "sol" | "m" | "mm" | "fs" | "jsonc" | "json5" | "v" | "sv" | "cu"
            | "glsl" | "d" => CURLY,
            "go" => GO,
            "php" => PHP,
            "css" => STYLE,
            "sql" | "ada" | "adb" | "ads" | "elm" => SQL,
            "lua" => LUA,
            "hs" | "purs" => HASKELL,
            "lisp" | "cl" | "el" | "clj" | "cljs" | "scm" | "rkt" | "asm" | "s" => LISP,
            "tex" | "erl" | "hrl" | "bib" => PERCENT,
            "html" | "htm" | "xml" | "svg" | "md" | "markdown" | "xhtml" => MARKUP,
            "rb" => RUBY,
            "ini" | "conf" | "cfg" | "properties" | "service" => INI,
            "ps1" | "psm1" => POWERSHELL,
            "tf" | "hcl" | "nix" => TERRAFORM,
            "sh" | "bash" | "zsh" | "fish" | "yml" | "yaml" | "toml" | "pl" | "pm" | "r" | "jl"
            | "ex" | "exs" | "mk" | "cmake" | "nim" | "cr" | "tcl" | "awk" | "dockerfile"
            | "just" | "graphql" | "gql" | "rego" | "bzl" => HASH,
            _ => return None,
        })
    }
}

/// What the scanner is inside of.
enum Inside {
    Code,
    Block {
        end: &'static str,
        from: usize,
    },
    Text {
        quote: Quote,
        from: usize,
        is_comment: bool,
    },
}

/// Finds the lines of all comments.
pub(super) fn comments(text: &str, syntax: Syntax) -> Vec<Comment<'_>> {
    let mut found = Vec::new();
    let mut inside = Inside::Code;
    let mut skip = 0;
    // Where each character is looked at once, at most a few marks are compared.
    for (place, c) in text.char_indices() {
        if place < skip {
            continue;
        }
        let rest = text.get(place..).unwrap_or_default();
        match &inside {
            Inside::Code => {
                if let Some((begin, end)) = syntax
                    .block
                    .iter()
                    .find(|(begin, _)| rest.starts_with(begin))
                {
                    inside = Inside::Block {
                        end,
                        from: place + begin.len(),
                    };
                    skip = place + begin.len();
                } else if let Some(mark) = syntax.line.iter().find(|mark| {
                    rest.starts_with(**mark) && (!syntax.needs_space || follows_space(text, place))
                }) {
                    let line = rest.lines().next().unwrap_or_default();
                    found.push((place, line.get(mark.len()..).unwrap_or_default()));
                    skip = place + line.len().max(1);
                } else if let Some(quote) = syntax
                    .strings
                    .iter()
                    .find(|quote| rest.starts_with(quote.begin))
                {
                    skip = place + quote.begin.len();
                    // A mark that ends at once, such as a quoted quote, is no string.
                    if !quote.end.is_empty() {
                        let is_comment = quote.documents && begins_line(text, place);
                        inside = Inside::Text {
                            quote: *quote,
                            from: skip,
                            is_comment,
                        };
                    }
                }
            }
            Inside::Block { end, from } => {
                if rest.starts_with(end) {
                    push_lines(&mut found, text, *from, place);
                    skip = place + end.len();
                    inside = Inside::Code;
                }
            }
            Inside::Text {
                quote,
                from,
                is_comment,
            } => {
                if c == '\\' && quote.escapes {
                    skip = place + 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
                    // An escaped line end continues even a short string.
                    continue;
                }
                let is_end = rest.starts_with(quote.end);
                if is_end || (c == '\n' && !quote.spans_lines) {
                    if *is_comment {
                        push_lines(&mut found, text, *from, place);
                    }
                    skip = place + if is_end { quote.end.len() } else { 1 };
                    inside = Inside::Code;
                }
            }
        }
    }
    match inside {
        Inside::Block { from, .. }
        | Inside::Text {
            from,
            is_comment: true,
            ..
        } => {
            push_lines(&mut found, text, from, text.len());
        }
        Inside::Code | Inside::Text { .. } => {}
    }
    number(text, &found)
}

/// Takes the text between two places apart into lines.
fn push_lines<'t>(found: &mut Vec<(usize, &'t str)>, text: &'t str, from: usize, to: usize) {
    let mut at = from;
    for line in text.get(from..to).unwrap_or_default().split_inclusive('\n') {
        found.push((at, line.trim_end_matches(['\n', '\r'])));
        at += line.len();
    }
}

/// Gives each place its line.
fn number<'t>(text: &'t str, found: &[(usize, &'t str)]) -> Vec<Comment<'t>> {
    let mut line = 1;
    let mut done = 0;
    let mut comments = Vec::with_capacity(found.len());
    for (place, body) in found {
        let between = text.get(done..*place).unwrap_or_default();
        line += between.matches('\n').count();
        done = *place;
        comments.push(Comment { line, text: body });
    }
    comments
}

fn follows_space(text: &str, place: usize) -> bool {
    text.get(..place)
        .and_then(|before| before.chars().next_back())
        .is_none_or(char::is_whitespace)
}

fn begins_line(text: &str, place: usize) -> bool {
    let before = text.get(..place).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    // A prefix of Python: r, b, u or f, in both cases.
    line.chars()
        .all(|c| c.is_whitespace() || "rRbBuUfF".contains(c))
        && line.trim().len() <= 2
}
