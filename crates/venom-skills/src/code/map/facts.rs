//! What the map keeps of one file: what it defines, what it refers to, what it imports.

use std::sync::Arc;

/// What kind of thing a definition makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A function that belongs to nothing.
    Function,
    /// A function of a class, a type or a trait.
    Method,
    /// A class, struct, union or record type.
    Class,
    /// An interface or a trait.
    Trait,
    /// An enumeration.
    Enum,
    /// A value of an enumeration.
    Variant,
    /// A type by another name.
    Alias,
    /// A constant or a variable of a module.
    Value,
    /// A field or an attribute.
    Field,
    /// A module inside a file, or the declaration of one in another file.
    Module,
    /// A macro.
    Macro,
    /// A block of members that stands apart from its type; it has no name of its own.
    Impl,
}

impl Kind {
    /// All kinds, in the order of their numbers on disk.
    pub(crate) const ALL: [Self; 12] = [
        Self::Function,
        Self::Method,
        Self::Class,
        Self::Trait,
        Self::Enum,
        Self::Variant,
        Self::Alias,
        Self::Value,
        Self::Field,
        Self::Module,
        Self::Macro,
        Self::Impl,
    ];

    /// Returns what people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Class => "class",
            Self::Trait => "interface",
            Self::Enum => "enumeration",
            Self::Variant => "variant",
            Self::Alias => "type",
            Self::Value => "value",
            Self::Field => "field",
            Self::Module => "module",
            Self::Macro => "macro",
            Self::Impl => "block",
        }
    }

    /// Tells whether names of members can be looked up in it.
    pub(crate) fn has_members(self) -> bool {
        match self {
            Self::Class | Self::Trait | Self::Enum | Self::Alias | Self::Module | Self::Impl => {
                true
            }
            Self::Function
            | Self::Method
            | Self::Variant
            | Self::Value
            | Self::Field
            | Self::Macro => false,
        }
    }

    /// Tells whether it is looked up where a type is wanted.
    pub(crate) fn is_type(self) -> bool {
        matches!(
            self,
            Self::Class | Self::Trait | Self::Enum | Self::Alias | Self::Module
        )
    }
}

/// Marks of a definition, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Marks(pub(crate) u16);

impl Marks {
    /// Visible outside of its module.
    pub(crate) const PUBLIC: u16 = 1;
    /// A test, or something that a test runner finds by its name.
    pub(crate) const TEST: u16 = 1 << 1;
    /// Handed to a decorator or an attribute that may keep it.
    pub(crate) const DECORATED: u16 = 1 << 2;
    /// Offered to others by name: in `__all__`, by `export`, by a linker name.
    pub(crate) const EXPORTED: u16 = 1 << 3;
    /// Demanded by a trait or a base that is named where it stands.
    pub(crate) const DEMANDED: u16 = 1 << 4;
    /// Called by the language or the system.
    pub(crate) const ENTRY: u16 = 1 << 5;
    /// Marked in the text as meant to stay.
    pub(crate) const KEPT: u16 = 1 << 6;
    /// Part of only some builds.
    pub(crate) const SOMETIMES: u16 = 1 << 7;

    /// Tells whether a mark is set.
    pub(crate) fn has(self, mark: u16) -> bool {
        self.0 & mark != 0
    }

    /// Sets a mark.
    pub(crate) fn set(&mut self, mark: u16) {
        self.0 |= mark;
    }
}

/// A definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Def {
    /// Its name; of a block the type it belongs to.
    pub(crate) name: String,
    /// What it makes.
    pub(crate) kind: Kind,
    /// The definition that it stands in.
    pub(crate) container: Option<u32>,
    /// Its marks.
    pub(crate) marks: Marks,
    /// Where the name stands, in bytes.
    pub(crate) at: u32,
    /// Where the whole begins.
    pub(crate) start: u32,
    /// Where the whole ends.
    pub(crate) end: u32,
    /// The line of the name, from 1.
    pub(crate) line: u32,
    /// The last line of the whole.
    pub(crate) last_line: u32,
    /// Bases of a class, the trait of a block, the receiver of a method that stands apart.
    pub(crate) bases: Vec<String>,
    /// The line of its name, cut.
    pub(crate) signature: String,
}

/// What a name does where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is read or written.
    Use,
    /// It is called.
    Call,
    /// It is a type.
    Type,
    /// It is imported or exported again.
    Import,
    /// It is a member behind a dot.
    Attribute,
    /// It names a field and a variable at once: `{ name }`.
    Shorthand,
    /// It names an argument: `f(name=1)`.
    Keyword,
    /// It calls a macro.
    Macro,
    /// It stands in a text that is a program of its own: `format!("{name}")`.
    Inlined,
}

impl Role {
    /// All roles, in the order of their numbers on disk.
    pub(crate) const ALL: [Self; 9] = [
        Self::Use,
        Self::Call,
        Self::Type,
        Self::Import,
        Self::Attribute,
        Self::Shorthand,
        Self::Keyword,
        Self::Macro,
        Self::Inlined,
    ];

    /// Returns what people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Use => "use",
            Self::Call => "call",
            Self::Type => "type",
            Self::Import => "import",
            Self::Attribute => "attribute",
            Self::Shorthand => "shorthand",
            Self::Keyword => "keyword",
            Self::Macro => "macro",
            Self::Inlined => "inlined",
        }
    }
}

/// How a name is bound, as far as its own file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum How {
    /// To a definition of this file.
    Here(u32),
    /// By an import of this file.
    Import(u32),
    /// It is the name that an import of this file asks for.
    Asked(u32),
    /// To nothing in this file.
    Free,
    /// Behind a path whose beginning is no variable: `a.b` of `a.b.name`.
    Path(Arc<str>),
    /// Behind `self` in a class or block of this file.
    OfSelf(u32),
    /// Behind a value of a type that is not known.
    Member,
}

/// A reference by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ref {
    /// The name as it stands; all that are the same in a file are one.
    pub(crate) name: Arc<str>,
    /// Where it stands, in bytes.
    pub(crate) at: u32,
    /// Its line, from 1.
    pub(crate) line: u32,
    /// What it does.
    pub(crate) role: Role,
    /// How it is bound.
    pub(crate) how: How,
    /// The innermost definition around it.
    pub(crate) within: Option<u32>,
}

/// An import of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// What is imported from: `a.b`, `./x`, `crate::a`.
    pub(crate) from: String,
    /// The name that is asked for; `*` for all; empty for the module itself.
    pub(crate) name: String,
    /// The name that it has here; empty where none is bound.
    pub(crate) alias: String,
    /// Its line, from 1.
    pub(crate) line: u32,
    /// The definition that it stands in.
    pub(crate) within: Option<u32>,
    /// Whether others can import it from here.
    pub(crate) is_public: bool,
}

/// What the map keeps of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Facts {
    /// Lines of the file.
    pub(crate) lines: u32,
    /// Places that do not parse.
    pub(crate) errors: u32,
    /// The name the file gives its package, in languages that have such a line.
    pub(crate) package: String,
    /// Definitions, in the order of the text.
    pub(crate) defs: Vec<Def>,
    /// References, in the order of the text. Names bound to what is local to a function are left
    /// out.
    pub(crate) refs: Vec<Ref>,
    /// Imports.
    pub(crate) imports: Vec<Import>,
    /// Names that stand alone in a text, where a program may look them up by name.
    pub(crate) words: Vec<String>,
}

impl Facts {
    /// Returns a definition by its number.
    pub(crate) fn def(&self, number: u32) -> Option<&Def> {
        self.defs.get(usize::try_from(number).ok()?)
    }

    /// Returns an import by its number.
    pub(crate) fn import(&self, number: u32) -> Option<&Import> {
        self.imports.get(usize::try_from(number).ok()?)
    }

    /// Writes the name of a definition with those of what it stands in.
    pub(crate) fn qualified(&self, def: &Def, joint: &str) -> String {
        let mut names = vec![def.name.as_str()];
        let mut above = def.container;
        // A file that was damaged on disk may claim a circle.
        for _ in 0..64 {
            let Some(outer) = above.and_then(|above| self.def(above)) else {
                break;
            };
            names.push(&outer.name);
            above = outer.container;
        }
        names.reverse();
        names.join(joint)
    }
}
