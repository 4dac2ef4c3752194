//! Facts as bytes: numbers of variable length, and every name of a file once.

use std::collections::HashMap;
use std::sync::Arc;

use super::facts::{Def, Facts, How, Import, Kind, Marks, Ref, Role};

/// Takes bytes down.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    pub(super) fn number(&mut self, mut number: u64) {
        loop {
            let low = u8::try_from(number & 0x7f).unwrap_or_default();
            number >>= 7;
            if number == 0 {
                self.bytes.push(low);
                return;
            }
            self.bytes.push(low | 0x80);
        }
    }

    pub(super) fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn maybe(&mut self, number: Option<u32>) {
        self.number(number.map_or(0, |number| u64::from(number) + 1));
    }
}

/// Reads bytes; everything that does not fit is `None`.
pub(super) struct Reader<'b> {
    pub(super) rest: &'b [u8],
}

impl<'b> Reader<'b> {
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u64::from(first & 0x7f).checked_shl(shift)?;
            if first & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    /// Reads how many things follow; each takes a byte at least, so a count beyond the rest is a lie.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Option<&'b [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }

    pub(super) fn text(&mut self) -> Option<&'b str> {
        let count = self.count()?;
        std::str::from_utf8(self.bytes(count)?).ok()
    }

    #[expect(
        clippy::option_option,
        reason = "the outer one says that the bytes do not fit, the inner one is what they say"
    )]
    fn maybe(&mut self) -> Option<Option<u32>> {
        match self.small()? {
            0 => Some(None),
            number => Some(Some(number - 1)),
        }
    }
}

#[derive(Default)]
struct Names<'f> {
    numbers: HashMap<&'f str, u64>,
    list: Vec<&'f str>,
}

impl<'f> Names<'f> {
    fn number(&mut self, name: &'f str) -> u64 {
        let next = self.list.len() as u64;
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.list.push(name);
        }
        number
    }
}

/// Writes the facts of a file.
pub(super) fn encode(facts: &Facts, writer: &mut Writer) {
    let mut names = Names::default();
    let mut body = Writer::default();
    body.number(u64::from(facts.lines));
    body.number(u64::from(facts.errors));
    body.number(names.number(&facts.package));
    body.count(facts.defs.len());
    for def in &facts.defs {
        body.number(names.number(&def.name));
        body.bytes.push(place(&Kind::ALL, def.kind));
        body.maybe(def.container);
        body.number(u64::from(def.marks.0));
        for number in [def.at, def.start, def.end, def.line, def.last_line] {
            body.number(u64::from(number));
        }
        body.count(def.bases.len());
        for base in &def.bases {
            body.number(names.number(base));
        }
        body.text(&def.signature);
    }
    body.count(facts.refs.len());
    let (mut at, mut line) = (0, 0);
    for one in &facts.refs {
        body.number(names.number(&one.name));
        // References stand in the order of the text, so that distances are small.
        body.number(u64::from(one.at.wrapping_sub(at)));
        body.number(u64::from(one.line.wrapping_sub(line)));
        (at, line) = (one.at, one.line);
        body.bytes.push(place(&Role::ALL, one.role));
        match &one.how {
            How::Here(number) => {
                body.bytes.push(0);
                body.number(u64::from(*number));
            }
            How::Import(number) => {
                body.bytes.push(1);
                body.number(u64::from(*number));
            }
            How::Asked(number) => {
                body.bytes.push(2);
                body.number(u64::from(*number));
            }
            How::Free => body.bytes.push(3),
            How::Path(path) => {
                body.bytes.push(4);
                body.number(names.number(path));
            }
            How::OfSelf(number) => {
                body.bytes.push(5);
                body.number(u64::from(*number));
            }
            How::Member => body.bytes.push(6),
        }
        body.maybe(one.within);
    }
    body.count(facts.imports.len());
    for import in &facts.imports {
        for name in [&import.from, &import.name, &import.alias] {
            body.number(names.number(name));
        }
        body.number(u64::from(import.line));
        body.maybe(import.within);
        body.bytes.push(u8::from(import.is_public));
    }
    body.count(facts.words.len());
    for word in &facts.words {
        body.number(names.number(word));
    }
    writer.count(names.list.len());
    for name in &names.list {
        writer.text(name);
    }
    writer.bytes.append(&mut body.bytes);
}

fn place<T: PartialEq + Copy>(all: &[T], one: T) -> u8 {
    let place = all.iter().position(|other| *other == one);
    u8::try_from(place.unwrap_or_default()).unwrap_or_default()
}

/// Reads the facts of a file; `None` if the bytes are no facts.
pub(super) fn decode(reader: &mut Reader<'_>) -> Option<Facts> {
    let count = reader.count()?;
    let mut names: Vec<Arc<str>> = Vec::with_capacity(count);
    for _ in 0..count {
        names.push(Arc::from(reader.text()?));
    }
    let shared = |reader: &mut Reader<'_>| -> Option<Arc<str>> {
        let number = usize::try_from(reader.number()?).ok()?;
        names.get(number).cloned()
    };
    let name = |reader: &mut Reader<'_>| shared(reader).map(|name| String::from(&*name));
    let mut facts = Facts {
        lines: reader.small()?,
        errors: reader.small()?,
        package: name(reader)?,
        ..Facts::default()
    };
    for _ in 0..reader.count()? {
        let name_of = name(reader)?;
        let kind = *Kind::ALL.get(usize::from(*reader.bytes(1)?.first()?))?;
        let container = reader.maybe()?;
        let marks = Marks(u16::try_from(reader.number()?).ok()?);
        let [at, start, end, line, last_line] = [
            reader.small()?,
            reader.small()?,
            reader.small()?,
            reader.small()?,
            reader.small()?,
        ];
        let mut bases = Vec::new();
        for _ in 0..reader.count()? {
            bases.push(name(reader)?);
        }
        facts.defs.push(Def {
            name: name_of,
            kind,
            container,
            marks,
            at,
            start,
            end,
            line,
            last_line,
            bases,
            signature: reader.text()?.to_owned(),
        });
    }
    let (mut at, mut line) = (0u32, 0u32);
    for _ in 0..reader.count()? {
        let name_of = shared(reader)?;
        at = at.wrapping_add(reader.small()?);
        line = line.wrapping_add(reader.small()?);
        let role = *Role::ALL.get(usize::from(*reader.bytes(1)?.first()?))?;
        let how = match *reader.bytes(1)?.first()? {
            0 => How::Here(reader.small()?),
            1 => How::Import(reader.small()?),
            2 => How::Asked(reader.small()?),
            3 => How::Free,
            4 => How::Path(shared(reader)?),
            5 => How::OfSelf(reader.small()?),
            6 => How::Member,
            _ => return None,
        };
        facts.refs.push(Ref {
            name: name_of,
            at,
            line,
            role,
            how,
            within: reader.maybe()?,
        });
    }
    for _ in 0..reader.count()? {
        facts.imports.push(Import {
            from: name(reader)?,
            name: name(reader)?,
            alias: name(reader)?,
            line: reader.small()?,
            within: reader.maybe()?,
            is_public: *reader.bytes(1)?.first()? == 1,
        });
    }
    for _ in 0..reader.count()? {
        facts.words.push(name(reader)?);
    }
    Some(facts)
}
