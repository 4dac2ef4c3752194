//! Rows as SQLite writes them, read without SQLite: one cell of a page at a time.
//!
//! Only what our own tables hold is understood: integers, texts, bytes and nothing. The form is
//! described at <https://www.sqlite.org/fileformat2.html>, sections 1.6 and 2.1.

/// Bytes in a page; every file of ours has this size.
pub(super) const PAGE: usize = 4_096;

/// Longest row that is believed. Chosen: the longest text of an event, sealed, with what stands beside.
const LONGEST: u64 = (32 << 20) + 4_096;

/// Longest head of a row. Chosen: none of our tables has more columns than fit into so much.
const MOST_HEAD: u8 = 64;

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Int(i64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

/// What a value is and how long, as the head of a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Int(usize),
    Constant(i64),
    Text(usize),
    Blob(usize),
}

impl Kind {
    fn of(code: u64) -> Option<Self> {
        Some(match code {
            0 => Self::Null,
            1..=4 => Self::Int(usize::try_from(code).ok()?),
            5 => Self::Int(6),
            6 => Self::Int(8),
            8 => Self::Constant(0),
            9 => Self::Constant(1),
            7 | 10 | 11 => return None,
            _ if code.is_multiple_of(2) => Self::Blob(usize::try_from((code - 12) / 2).ok()?),
            _ => Self::Text(usize::try_from((code - 13) / 2).ok()?),
        })
    }

    const fn length(self) -> usize {
        match self {
            Self::Null | Self::Constant(_) => 0,
            Self::Int(length) | Self::Text(length) | Self::Blob(length) => length,
        }
    }

    /// Tells whether it is a whole number.
    pub(super) const fn is_int(self) -> bool {
        matches!(self, Self::Int(_) | Self::Constant(_))
    }
}

/// Which trees a cell may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tree {
    /// Rows with a number.
    Table,
    /// Keys of an index, or of a table without numbers.
    Index,
}

impl Tree {
    /// Tells whether rows of ours begin with a value of this kind: a row's number, which is not
    /// repeated, the 16 bytes of a run, the kind of a key, or the 32 bytes of an
    /// id.
    const fn begins_with(self, code: u8) -> bool {
        match self {
            Self::Table => code == 0,
            Self::Index => matches!(code, 44 | 19 | 23 | 27 | 76),
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Its number; none in an index.
    pub(super) number: Option<i64>,
    pub(super) values: Vec<Value>,
}

/// Reads the row that begins at a place of a page, if one does and `fits` likes its columns; `page`
/// finds the pages on which a long row goes on.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    at: usize,
    tree: Tree,
    fits: impl Fn(&[Kind]) -> bool,
    page: impl Fn(u32) -> Option<&'a [u8]>,
) -> Option<Record> {
    let mut at = at;
    let length = varint(bytes, &mut at)?;
    if !(2..=LONGEST).contains(&length) {
        return None;
    }
    let number = match tree {
        Tree::Table => Some(varint(bytes, &mut at)?.cast_signed()),
        Tree::Index => None,
    };
    // Most places are none where a row begins, and this tells it without reading more.
    let (head, first) = (*bytes.get(at)?, *bytes.get(at + 1)?);
    if head > MOST_HEAD || !tree.begins_with(first) {
        return None;
    }
    let length = usize::try_from(length).ok()?;
    let local = local(length, tree);
    let here = bytes.get(at..at.checked_add(local)?)?;
    let (kinds, head) = kinds(here)?;
    if head + kinds.iter().map(|kind| kind.length()).sum::<usize>() != length || !fits(&kinds) {
        return None;
    }
    let mut body = here.get(head..)?.to_vec();
    if local < length {
        let end = at + local;
        let mut next = u32::from_be_bytes(bytes.get(end..end + 4)?.try_into().ok()?);
        let wanted = length - head;
        while body.len() < wanted {
            let more = page(next)?;
            next = u32::from_be_bytes(more.get(..4)?.try_into().ok()?);
            let rest = more.get(4..)?;
            body.extend(rest.get(..rest.len().min(wanted - body.len()))?);
        }
    }
    Some(Record {
        number,
        values: values(&kinds, &body)?,
    })
}

/// How much of a row of this length stands on its own page.
const fn local(length: usize, tree: Tree) -> usize {
    let most = match tree {
        Tree::Table => PAGE - 35,
        Tree::Index => (PAGE - 12) * 64 / 255 - 23,
    };
    if length <= most {
        return length;
    }
    let least = (PAGE - 12) * 32 / 255 - 23;
    let spread = least + (length - least) % (PAGE - 4);
    if spread <= most { spread } else { least }
}

/// Reads the head of a row: what its values are, and how long the head is.
fn kinds(bytes: &[u8]) -> Option<(Vec<Kind>, usize)> {
    let mut at = 0;
    let head = usize::try_from(varint(bytes, &mut at)?).ok()?;
    if head > usize::from(MOST_HEAD) || head > bytes.len() {
        return None;
    }
    let mut kinds = Vec::new();
    while at < head {
        kinds.push(Kind::of(varint(bytes, &mut at)?)?);
    }
    (at == head).then_some((kinds, head))
}

fn values(kinds: &[Kind], body: &[u8]) -> Option<Vec<Value>> {
    let mut at = 0_usize;
    let mut values = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let bytes = body.get(at..at.checked_add(kind.length())?)?;
        at += bytes.len();
        values.push(match kind {
            Kind::Null => Value::Null,
            Kind::Constant(number) => Value::Int(*number),
            Kind::Int(_) => Value::Int(int(bytes)),
            Kind::Text(_) => Value::Text(bytes.to_vec()),
            Kind::Blob(_) => Value::Blob(bytes.to_vec()),
        });
    }
    Some(values)
}

/// Reads a signed number of any length, the most significant byte first.
fn int(bytes: &[u8]) -> i64 {
    let is_negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    bytes
        .iter()
        .fold(if is_negative { -1 } else { 0 }, |number: i64, byte| {
            (number << 8) | i64::from(*byte)
        })
}

/// Reads a number of one to nine bytes.
fn varint(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0_u64;
    for place in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if place == 8 {
            return Some((number << 8) | u64::from(byte));
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
