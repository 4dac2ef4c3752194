//! Which definition a name means, across the files of a map.
//!
//! What a name is bound to is followed through imports and through what modules offer again. A member
//! behind a value whose type syntax does not tell is not guessed at: it is `Unknown`, and who asks
//! decides what to do about it.

mod lookup;

use std::collections::{BTreeSet, HashMap};

use super::facts::{Def, How, Kind, Ref, Role};
use super::modules::{Modules, Place};
use super::scope::small;
use super::{File, Map};

/// How many imports are followed one after the other. Chosen: longer chains are circles.
const DEEPEST: usize = 16;

/// A definition of the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol {
    pub(crate) file: u32,
    pub(crate) def: u32,
}

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// These definitions; several only where the same name is defined several times.
    Symbols(Vec<Symbol>),
    /// A module.
    Module,
    /// Nothing of this workspace.
    Outside,
    /// That cannot be told.
    Unknown,
}

/// What a part of a path is found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Symbol(Symbol),
    Module(Place),
    /// A package of Python by its name.
    Package(String),
    /// A package of Go by one of its files.
    Files(u32),
    Outside,
    Unknown,
}

type Top<'m> = HashMap<(Option<u32>, &'m str), Vec<u32>>;

/// A map with what is needed to look names up.
pub(crate) struct Project<'m> {
    pub(crate) map: &'m Map,
    pub(crate) modules: Modules,
    /// By file: definitions by container and name.
    tops: Vec<Top<'m>>,
    /// By file: imports by container and name.
    imports: Vec<Top<'m>>,
    /// Blocks of members that stand apart from their type, and methods of Go, by type.
    apart: HashMap<Symbol, Vec<Symbol>>,
    /// The type of a block.
    owners: HashMap<Symbol, Symbol>,
    /// The trait of a block, where it is one of this workspace.
    traits: HashMap<Symbol, Symbol>,
    /// By trait: the blocks that fulfil it.
    fulfilled: HashMap<Symbol, Vec<Symbol>>,
    /// Macros of Rust, by name.
    macros: HashMap<&'m str, Vec<Symbol>>,
    /// By class: what it is made from, and whether all of that is known.
    bases: HashMap<Symbol, (Vec<Symbol>, bool)>,
    /// By class: what is made from it.
    heirs: HashMap<Symbol, Vec<Symbol>>,
}

impl<'m> Project<'m> {
    /// Makes a map ready for look-ups.
    pub(crate) fn of(map: &'m Map) -> Self {
        let mut project = Self {
            map,
            modules: Modules::of(map),
            tops: Vec::with_capacity(map.files.len()),
            imports: Vec::with_capacity(map.files.len()),
            apart: HashMap::new(),
            owners: HashMap::new(),
            traits: HashMap::new(),
            fulfilled: HashMap::new(),
            macros: HashMap::new(),
            bases: HashMap::new(),
            heirs: HashMap::new(),
        };
        for file in &map.files {
            let mut top: Top<'m> = HashMap::new();
            for (at, def) in file.facts.defs.iter().enumerate() {
                let is_apart = def.kind == Kind::Method && def.container.is_none();
                if def.kind != Kind::Impl && !is_apart {
                    let key = (def.container, def.name.as_str());
                    top.entry(key).or_default().push(small(at));
                }
            }
            project.tops.push(top);
            let mut imports: Top<'m> = HashMap::new();
            for (at, import) in file.facts.imports.iter().enumerate() {
                let inner = inner_module(file, import.within);
                let key = if import.name == "*" {
                    (inner, "*")
                } else if import.alias.is_empty() {
                    continue;
                } else {
                    (inner, import.alias.as_str())
                };
                imports.entry(key).or_default().push(small(at));
            }
            project.imports.push(imports);
        }
        project.relate();
        project
    }

    /// Finds out which blocks belong to which types and what classes are made from.
    fn relate(&mut self) {
        let mut apart: Vec<(Symbol, Symbol)> = Vec::new();
        let mut traits: Vec<(Symbol, Symbol)> = Vec::new();
        let mut bases: Vec<(Symbol, Vec<Symbol>, bool)> = Vec::new();
        for symbol in self.symbols() {
            let Some(def) = self.def(symbol) else {
                continue;
            };
            let is_apart = def.kind == Kind::Method && def.container.is_none();
            if def.kind == Kind::Macro {
                self.macros.entry(&def.name).or_default().push(symbol);
            }
            if def.kind == Kind::Impl {
                if let Some(owner) = self.first(symbol, &def.name) {
                    apart.push((owner, symbol));
                }
                if let Some(of) = def.bases.first().and_then(|base| self.first(symbol, base)) {
                    traits.push((symbol, of));
                }
            } else if is_apart {
                if let Some(owner) = def.bases.first().and_then(|base| self.first(symbol, base)) {
                    apart.push((owner, symbol));
                }
            } else if def.kind != Kind::Module && !def.bases.is_empty() {
                let found: Vec<Option<Symbol>> = def
                    .bases
                    .iter()
                    .filter(|base| base.as_str() != "object")
                    .map(|base| self.first(symbol, base))
                    .collect();
                let is_known = found.iter().all(Option::is_some);
                bases.push((symbol, found.into_iter().flatten().collect(), is_known));
            }
        }
        for (owner, block) in apart {
            self.apart.entry(owner).or_default().push(block);
            self.owners.insert(block, owner);
        }
        for (block, of) in traits {
            self.fulfilled.entry(of).or_default().push(block);
            self.traits.insert(block, of);
        }
        for (class, from, is_known) in bases {
            for base in &from {
                self.heirs.entry(*base).or_default().push(class);
            }
            self.bases.insert(class, (from, is_known));
        }
    }

    /// The type that a path means, seen from outside of a definition.
    fn first(&self, seen_from: Symbol, path: &str) -> Option<Symbol> {
        let file = self.file(seen_from.file)?;
        let def = self.def(seen_from)?;
        let place = Place {
            file: seen_from.file,
            inner: inner_module(file, def.container),
        };
        self.path(place, path, DEEPEST)
            .into_iter()
            .find_map(|found| match found {
                Found::Symbol(symbol) if self.def(symbol).is_some_and(|def| def.kind.is_type()) => {
                    Some(symbol)
                }
                _ => None,
            })
    }

    /// Returns every definition.
    pub(crate) fn symbols(&self) -> impl Iterator<Item = Symbol> + use<'m> {
        self.map.files.iter().enumerate().flat_map(|(file, one)| {
            (0..one.facts.defs.len()).map(move |def| Symbol {
                file: small(file),
                def: small(def),
            })
        })
    }

    /// Returns a file.
    pub(crate) fn file(&self, file: u32) -> Option<&'m File> {
        self.map.files.get(usize::try_from(file).ok()?)
    }

    /// Returns a definition.
    pub(crate) fn def(&self, symbol: Symbol) -> Option<&'m Def> {
        self.file(symbol.file)?.facts.def(symbol.def)
    }

    /// Returns what a class is made from, and whether all of that is in the workspace.
    pub(crate) fn bases(&self, class: Symbol) -> (&[Symbol], bool) {
        self.bases
            .get(&class)
            .map_or((&[], true), |(bases, is_known)| (bases, *is_known))
    }

    /// Returns what is made from a class.
    pub(crate) fn heirs(&self, class: Symbol) -> &[Symbol] {
        self.heirs.get(&class).map_or(&[], Vec::as_slice)
    }

    /// Returns the type or trait that a definition is a member of.
    pub(crate) fn owner(&self, symbol: Symbol) -> Option<Symbol> {
        if let Some(owner) = self.owners.get(&symbol) {
            return Some(*owner);
        }
        let container = Symbol {
            file: symbol.file,
            def: self.def(symbol)?.container?,
        };
        match self.def(container)?.kind {
            Kind::Impl => self.owners.get(&container).copied(),
            _ => Some(container),
        }
    }

    /// Returns the trait that demands a member, if the workspace has it.
    pub(crate) fn demanded_by(&self, symbol: Symbol) -> Option<Symbol> {
        let container = Symbol {
            file: symbol.file,
            def: self.def(symbol)?.container?,
        };
        self.traits.get(&container).copied()
    }

    /// Returns the blocks that fulfil a trait.
    pub(crate) fn fulfilled(&self, of: Symbol) -> &[Symbol] {
        self.fulfilled.get(&of).map_or(&[], Vec::as_slice)
    }

    /// Returns the definitions with a name in a container of a file.
    pub(crate) fn named(&self, file: u32, container: Option<u32>, name: &str) -> Vec<Symbol> {
        let top = usize::try_from(file).ok().and_then(|at| self.tops.get(at));
        top.and_then(|top| top.get(&(container, name)))
            .into_iter()
            .flatten()
            .map(|def| Symbol { file, def: *def })
            .collect()
    }

    /// Says what a reference means.
    pub(crate) fn meaning(&self, file: u32, one: &Ref) -> Meaning {
        let Some(home) = self.file(file) else {
            return Meaning::Unknown;
        };
        let place = Place {
            file,
            inner: inner_module(home, one.within),
        };
        let found = match &one.how {
            How::Here(def) => {
                let symbol = Symbol { file, def: *def };
                let same = self
                    .def(symbol)
                    .map_or_else(Vec::new, |def| self.named(file, def.container, &def.name));
                let all = if same.is_empty() { vec![symbol] } else { same };
                all.into_iter().map(Found::Symbol).collect()
            }
            How::Import(number) | How::Asked(number) => match home.facts.import(*number) {
                Some(import) => self.import(file, import, DEEPEST),
                None => vec![Found::Unknown],
            },
            How::Free => {
                let found = self.in_module(place, &one.name, DEEPEST);
                if !found.is_empty() {
                    found
                } else if one.role == Role::Macro {
                    self.macros(&one.name)
                } else if let Some(root) = self.modules.crate_named(&one.name) {
                    vec![Found::Module(root)]
                } else {
                    vec![Found::Outside]
                }
            }
            How::Path(path) => {
                let outer = self.path(place, path, DEEPEST);
                let mut found = Vec::new();
                for outer in outer {
                    found.extend(self.inside(&outer, &one.name, DEEPEST));
                }
                if found.is_empty() && one.role == Role::Macro {
                    found = self.macros(&one.name);
                }
                found
            }
            How::OfSelf(class) => {
                let mut class = Symbol { file, def: *class };
                if self.def(class).is_some_and(|def| def.kind == Kind::Impl) {
                    let Some(owner) = self.owners.get(&class) else {
                        let own = self.named(file, Some(class.def), &one.name);
                        return if own.is_empty() {
                            Meaning::Unknown
                        } else {
                            Meaning::Symbols(own)
                        };
                    };
                    class = *owner;
                }
                self.members(class, &one.name, DEEPEST)
            }
            How::Member => vec![Found::Unknown],
        };
        let found = self.in_namespace(found, one.role);
        meaning_of(found)
    }

    /// Of a type and a function with one name, the role of a reference says which is meant. What is
    /// imported is both.
    fn in_namespace(&self, found: Vec<Found>, role: Role) -> Vec<Found> {
        let wants = |kind: Kind| match role {
            Role::Type => kind.is_type(),
            Role::Macro => kind == Kind::Macro,
            Role::Call => !matches!(kind, Kind::Module | Kind::Macro | Kind::Field | Kind::Trait),
            Role::Use | Role::Shorthand | Role::Inlined => kind != Kind::Macro,
            Role::Import | Role::Attribute | Role::Keyword => true,
        };
        let fits = |found: &Found| match found {
            Found::Symbol(symbol) => self.def(*symbol).is_some_and(|def| wants(def.kind)),
            _ => role != Role::Call,
        };
        if found.len() > 1 && found.iter().any(fits) {
            found.into_iter().filter(fits).collect()
        } else {
            found
        }
    }

    fn macros(&self, name: &str) -> Vec<Found> {
        // Macros are found by the order of the text and not by modules; one name is one macro.
        let found = self.macros.get(name).into_iter().flatten();
        found.copied().map(Found::Symbol).collect()
    }

    /// The members of a type with a name, its own before those of its bases.
    fn members(&self, class: Symbol, name: &str, depth: usize) -> Vec<Found> {
        let mut own = self.own_members(class, name);
        if own.is_empty() {
            let mut seen = BTreeSet::new();
            let mut open = vec![(class, depth)];
            let mut is_known = true;
            while let Some((at, depth)) = open.pop() {
                if depth == 0 || !seen.insert(at) {
                    continue;
                }
                let (bases, all) = self.bases(at);
                is_known &= all;
                let traits = self
                    .apart
                    .get(&at)
                    .into_iter()
                    .flatten()
                    .filter_map(|block| self.traits.get(block));
                for base in bases.iter().chain(traits) {
                    own.extend(self.own_members(*base, name));
                    open.push((*base, depth - 1));
                }
            }
            if own.is_empty() {
                let is_alias = self.def(class).is_some_and(|def| def.kind == Kind::Alias);
                return vec![if is_known && !is_alias {
                    Found::Outside
                } else {
                    Found::Unknown
                }];
            }
        }
        own.into_iter().map(Found::Symbol).collect()
    }

    /// The members of a type with a name that stand in it or in one of its blocks.
    pub(crate) fn own_members(&self, class: Symbol, name: &str) -> Vec<Symbol> {
        let mut own = self.named(class.file, Some(class.def), name);
        for block in self.apart.get(&class).into_iter().flatten() {
            match self.def(*block) {
                Some(def) if def.kind == Kind::Impl => {
                    own.extend(self.named(block.file, Some(block.def), name));
                }
                Some(def) if def.name == name => own.push(*block),
                Some(_) | None => {}
            }
        }
        own
    }
}

fn meaning_of(found: Vec<Found>) -> Meaning {
    let mut symbols = Vec::new();
    let (mut is_module, mut is_unknown) = (false, false);
    for one in found {
        match one {
            Found::Symbol(symbol) => symbols.push(symbol),
            Found::Module(_) | Found::Package(_) | Found::Files(_) => is_module = true,
            Found::Outside => {}
            Found::Unknown => is_unknown = true,
        }
    }
    if !symbols.is_empty() {
        symbols.sort();
        symbols.dedup();
        Meaning::Symbols(symbols)
    } else if is_module {
        Meaning::Module
    } else if is_unknown {
        Meaning::Unknown
    } else {
        Meaning::Outside
    }
}

fn dedup(found: Vec<Found>) -> Vec<Found> {
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for one in found {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

/// The module inside of a file that something stands in.
fn inner_module(file: &File, within: Option<u32>) -> Option<u32> {
    let mut at = within;
    for _ in 0..64 {
        let def = at.and_then(|at| file.facts.def(at))?;
        if def.kind == Kind::Module {
            return at;
        }
        at = def.container;
    }
    None
}
