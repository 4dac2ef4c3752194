use std::collections::BTreeMap;
use std::sync::Mutex;

use venom_kernel::digest::Digest;
use venom_ports::cache::Cache;

use super::encode::{Reader, Writer, decode, encode};
use super::facts::{Facts, How, Kind};
use super::shelf::Shelf;
use super::speech::read;

fn facts(path: &str, text: &str) -> Facts {
    read(path, text).unwrap()
}

/// Writes the references as `name how` in the order of the text.
fn refs(path: &str, text: &str) -> Vec<String> {
    let facts = facts(path, text);
    let how = |how: &How| match how {
        How::Here(def) => format!("here:{}", facts.def(*def).unwrap().line),
        How::Import(import) => format!("import:{}", facts.import(*import).unwrap().from),
        How::Asked(import) => format!("asked:{}", facts.import(*import).unwrap().from),
        How::Free => "free".to_owned(),
        How::Path(path) => format!("path:{path}"),
        How::OfSelf(def) => format!("self:{}", facts.def(*def).unwrap().name),
        How::Member => "member".to_owned(),
    };
    facts
        .refs
        .iter()
        .map(|one| format!("{} {}", one.name, how(&one.how)))
        .collect()
}

fn defs(path: &str, text: &str) -> Vec<(Kind, String)> {
    let facts = facts(path, text);
    facts
        .defs
        .iter()
        .map(|def| (def.kind, facts.qualified(def, ".")))
        .collect()
}

#[test]
fn python_knows_its_scopes() {
    let text = "\
from .other import shown as seen, used
import package.inner

LIMIT = 3

def outer(used):
    LIMIT = used
    return helper(LIMIT)

def helper(n):
    return seen(n) + package.inner.deep + LIMIT

class Thing(Base):
    size = 1

    def get(self):
        self.value = self.size
        return self.get().size
";
    assert_eq!(
        refs("a.py", text),
        [
            "shown asked:.other",
            "used asked:.other",
            "helper here:10",
            "seen import:.other",
            "package import:package",
            "inner path:package",
            "deep path:package.inner",
            "LIMIT here:4",
            "Base free",
            "size self:Thing",
            "get self:Thing",
            "size member",
        ]
    );
    assert_eq!(
        defs("a.py", text),
        [
            (Kind::Value, "LIMIT".to_owned()),
            (Kind::Function, "outer".to_owned()),
            (Kind::Function, "helper".to_owned()),
            (Kind::Class, "Thing".to_owned()),
            (Kind::Field, "Thing.size".to_owned()),
            (Kind::Method, "Thing.get".to_owned()),
            (Kind::Field, "Thing.value".to_owned()),
        ]
    );
}

#[test]
fn rust_shadows_in_the_order_of_the_text() {
    let text = "\
use crate::other::{shown, Kind as Sort};

fn count() -> usize { 1 }

fn both(n: Sort) -> usize {
    let count = count();
    let n = shown(n, count);
    format!(\"{LIMIT} {n}\");
    self::count() + n
}

const LIMIT: usize = 2;

struct Pair { left: usize }

impl Pair {
    fn new(left: usize) -> Self {
        Self::check(left);
        Pair { left }
    }

    fn check(left: usize) {}
}
";
    let refs = refs("src/lib.rs", text);
    for expected in [
        "shown asked:crate::other",
        "Kind asked:crate::other",
        "Sort import:crate::other",
        "count here:3",
        "shown import:crate::other",
        "LIMIT here:12",
        "count path:self",
        "check self:Pair",
        "left member",
    ] {
        assert!(
            refs.iter().any(|one| one == expected),
            "{expected}: {refs:?}"
        );
    }
    // The variable is not taken for the function.
    let counts = refs.iter().filter(|one| one.starts_with("count ")).count();
    assert_eq!(counts, 2);
}

#[test]
fn scripts_and_go_are_read() {
    let script = "import { a as b } from './x';\nexport class Box {\n  open(n) { return b(n) + this.shut(); }\n  shut() { return helper; }\n}\nconst helper = 1;\n";
    assert_eq!(
        refs("a.ts", script),
        [
            "a asked:./x",
            "b import:./x",
            "shut self:Box",
            "helper here:6"
        ]
    );
    let go = "package p\n\nimport \"example.org/m/q\"\n\ntype T struct{ Size int }\n\nfunc (t T) Get() int { return q.Make(t.Size) + limit }\n\nconst limit = 3\n";
    let refs = refs("a.go", go);
    for expected in ["T here:5", "Make path:q", "Size member", "limit here:9"] {
        assert!(
            refs.iter().any(|one| one == expected),
            "{expected}: {refs:?}"
        );
    }
}

#[test]
fn facts_survive_being_bytes_and_damage_is_seen() {
    let one = facts(
        "a.py",
        "from x import *\nclass A(B):\n    @d\n    def m(self): return self.n(k='word')\n",
    );
    let mut writer = Writer::default();
    encode(&one, &mut writer);
    let mut reader = Reader {
        rest: &writer.bytes,
    };
    assert_eq!(decode(&mut reader), Some(one.clone()));
    assert!(reader.rest.is_empty());
    // Whatever is cut off or turned over, it is refused or read as something, and never a panic.
    for cut in 0..writer.bytes.len() {
        let short = &writer.bytes[..cut];
        assert_eq!(decode(&mut Reader { rest: short }), None, "{cut}");
        let mut turned = writer.bytes.clone();
        turned[cut] ^= 0xff;
        drop(decode(&mut Reader { rest: &turned }));
    }
}

#[derive(Default)]
struct Kept(Mutex<BTreeMap<String, Vec<u8>>>);

impl Cache for Kept {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(key).cloned()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        self.0
            .lock()
            .unwrap()
            .insert(key.to_owned(), bytes.to_owned());
    }
}

#[test]
fn a_shelf_gives_what_has_the_same_content_and_forgets_what_is_gone() {
    let cache = Kept::default();
    let text = "x = 1\n";
    let one = facts("a.py", text);
    let digest = Digest::of_bytes(text.as_bytes());
    let mut shelf = Shelf::open(&cache, "/w");
    assert_eq!(shelf.take("a.py", &digest), None);
    shelf.put("a.py", &digest, &one);
    shelf.put("b.py", &digest, &one);
    shelf.close(&cache);

    let mut shelf = Shelf::open(&cache, "/w");
    assert_eq!(shelf.take("a.py", &Digest::of_bytes(b"x = 2\n")), None);
    shelf.close(&cache);
    let mut shelf = Shelf::open(&cache, "/w");
    assert_eq!(shelf.take("b.py", &digest), None);

    let mut shelf = Shelf::open(&cache, "/w");
    shelf.put("a.py", &digest, &one);
    shelf.close(&cache);
    assert_eq!(Shelf::open(&cache, "/other").take("a.py", &digest), None);
    for bytes in cache.0.lock().unwrap().values_mut() {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    }
    assert_eq!(Shelf::open(&cache, "/w").take("a.py", &digest), None);
}
