#!/usr/bin/env python3
"""Compares what the map of symbols says with a language server and a compiler.

    symbols_oracle.py references BENCH FOLDER SERVER [COUNT]   references of Python symbols, and what is unused
    symbols_oracle.py rename BENCH CRATE [COUNT]               renames in a copy of a crate, then asks rustc
    symbols_oracle.py dead BENCH CRATE                         unused code of a crate that is made a program

BENCH is the built example symbols_bench, SERVER a language server that speaks over its standard input.
Samples are the same each time (seed 1).
"""

import ast
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote, urlparse


class Server:
    """A language server as a child process."""

    def __init__(self, command, root):
        self.child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.last = 0
        uri = root.as_uri()
        folders = [{"uri": uri, "name": "it"}]
        self.ask("initialize", {"processId": os.getpid(), "rootUri": uri, "capabilities": {"workspace": {"configuration": True}}, "workspaceFolders": folders})
        self.tell("initialized", {})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.child.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.child.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def receive(self):
        length = 0
        while (line := self.child.stdout.readline().strip()):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.child.stdout.read(length))

    def ask(self, method, params):
        self.last += 1
        number = self.last
        self.send({"id": number, "method": method, "params": params})
        while True:
            message = self.receive()
            if "method" in message and "id" in message:
                wanted = message["params"].get("items", []) if isinstance(message.get("params"), dict) else []
                self.send({"id": message["id"], "result": [{} for _ in wanted] if wanted else None})
            elif message.get("id") == number:
                return message.get("result")

    def references(self, path, line, column):
        found = self.ask("textDocument/references", {
            "textDocument": {"uri": path.as_uri()},
            "position": {"line": line - 1, "character": column},
            "context": {"includeDeclaration": False},
        })
        return {(unquote(urlparse(one["uri"]).path), one["range"]["start"]["line"] + 1) for one in found or []}


def definitions(root):
    """Yields functions, classes and methods: path, line, column, qualified name, kind, last line."""
    for path in sorted(root.rglob("*.py")):
        try:
            text = path.read_text()
            tree = ast.parse(text)
        except (SyntaxError, UnicodeDecodeError):
            continue
        lines = text.splitlines()

        def visit(node, outer):
            for child in ast.iter_child_nodes(node):
                if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    column = lines[child.lineno - 1].find(child.name, child.col_offset)
                    kind = "class" if isinstance(child, ast.ClassDef) else "method" if outer else "function"
                    yield path, child.lineno, column, ".".join([*outer, child.name]), kind, child.end_lineno
                    if isinstance(child, ast.ClassDef) and not outer:
                        yield from visit(child, [child.name])
                elif isinstance(child, (ast.If, ast.Try)):
                    yield from visit(child, outer)

        yield from visit(tree, [])


def run(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def share(part, whole):
    return f"{part}/{whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def references(bench, folder, server, count=60):
    root = Path(folder).resolve()
    random.seed(1)
    known = [one for one in definitions(root) if not one[3].split(".")[-1].startswith("__")]
    sample = []
    for kind in ["function", "class", "method"]:
        of = [one for one in known if one[4] == kind]
        sample += random.sample(of, min(int(count) // 3, len(of)))
    speaker = Server([server, "--stdio"], root)
    begin = time.time()
    for path in sorted(root.rglob("*.py")):
        speaker.tell("textDocument/didOpen", {"textDocument": {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": path.read_text(errors="replace")}})
    sums = {}
    for path, line, column, name, kind, last in sample:
        theirs = speaker.references(path, line, column)
        theirs = {(str(Path(other).relative_to(root)), at) for other, at in theirs if Path(other).is_relative_to(root)}
        code, out, err = run(bench, "refs", root, f"{path.relative_to(root)}:{name}")
        if code:
            print(f"not answered: {name}: {err.strip().splitlines()[-1]}")
            sums.setdefault(kind, [0] * 6)[5] += 1
            continue
        certain, maybe = set(), set()
        for text in out.splitlines():
            place, sure = text.rsplit(" ", 1)
            other, at = place.rsplit(":", 1)
            (certain if sure == "certain" else maybe).add((other, int(at)))
        here = {(str(path.relative_to(root)), line)}
        certain, maybe, theirs = certain - here, maybe - certain - here, theirs - here
        of = sums.setdefault(kind, [0] * 6)
        of[0] += len(certain)
        of[1] += len(certain & theirs)
        of[2] += len(theirs)
        of[3] += len((certain | maybe) & theirs)
        of[4] += len(maybe)
        wrong, missed = certain - theirs, theirs - certain - maybe
        if wrong or missed:
            print(f"{path.relative_to(root)}:{name}: only ours {sorted(wrong)[:4]}, only theirs {sorted(missed)[:4]}")
    for kind, (certain, right, theirs, met, maybe, refused) in sums.items():
        print(f"{kind}: certain that the server has too {share(right, certain)}; of the server's, certain or listed as possible {share(met, theirs)}; listed as possible {maybe}; not answered {refused}")
    begin = time.time()
    _, out, err = run(bench, "unused", root)
    print(err.strip())
    by = {(str(path.relative_to(root)), line): one for one in known for path, line in [one[:2]]}
    judged = {}
    listed = [text.split("\t") for text in out.splitlines()]
    for place, sure, _kind, name, *_ in random.sample(listed, min(3 * int(count), len(listed))):
        other, at = place.rsplit(":", 1)
        one = by.get((other, int(at)))
        if one is None:
            continue
        path, line, column, _, _, last = one
        outside = [r for r in speaker.references(path, line, column) if not (r[0] == str(path) and line <= r[1] <= last)]
        of = judged.setdefault(sure, [0, 0, []])
        of[0] += 1
        of[1] += not outside
        if outside:
            of[2].append(f"{place} {name} <- {outside[0][0].rsplit('/', 1)[-1]}:{outside[0][1]}")
    for sure, (all_, none, named) in sorted(judged.items()):
        print(f"unused, {sure}: without a reference from outside {share(none, all_)}; others: {named[:6]}")
    places = {text[0] for text in listed}
    quiet = [one for one in random.sample(known, min(4 * int(count), len(known))) if not speaker.references(*one[:3])]
    met = [one for one in quiet if f"{one[0].relative_to(root)}:{one[1]}" in places]
    print(f"of a sample without any reference, listed as unused: {share(len(met), len(quiet))}")
    left = [f"{one[0].relative_to(root)}:{one[3]}" for one in quiet if one not in met]
    print(f"not listed: {left[:10]}")
    speaker.child.kill()


def check(folder, *more):
    return run("cargo", "check", "--offline", "--all-features", "--quiet", "--message-format=short", "--manifest-path", folder / "Cargo.toml", *more)


def copied(crate, below):
    folder = Path(below) / "crate"
    shutil.copytree(crate, folder, ignore=shutil.ignore_patterns("tests", "benches", "fuzz", "record", "testdata", "examples"))
    manifest = (folder / "Cargo.toml").read_text()
    for kind in ["test", "bench", "example"]:
        manifest = re.sub(r"\[\[%s\]\]\n(?:(?!\[).*\n)*" % kind, "", manifest)
    manifest = re.sub(r"\[dev-dependencies[^\]]*\]\n(?:(?!\[).*\n)*", "", manifest)
    (folder / "Cargo.toml").write_text(manifest + "\n[workspace]\n")
    (folder / "Cargo.lock").unlink(missing_ok=True)
    return folder


def rename(bench, crate, count=12):
    random.seed(1)
    with tempfile.TemporaryDirectory() as below:
        folder = copied(crate, below)
        code, _, err = check(folder)
        print(f"the crate as it is: {'compiles' if code == 0 else err}")
        names = []
        for path in sorted((folder / "src").rglob("*.rs")):
            for number, text in enumerate(path.read_text().splitlines(), 1):
                if found := re.match(r"\s*(?:pub(?:\([a-z]+\))? )?(?:const )?(?:unsafe )?(fn|struct|enum|trait|type) ([A-Za-z_]\w+)", text):
                    names.append((path.relative_to(folder), number, *found.groups()))
        names = [one for one in names if not one[3].startswith("test") and one[3] not in ("main", "new", "fmt", "default", "from", "next", "drop", "clone", "eq")]
        # A name that a file defines twice is asked about, and says nothing about what is renamed then.
        text_of = {path: (folder / path).read_text() for path in {one[0] for one in names}}
        names = [one for one in names if len(re.findall(r"(?:fn|struct|enum|trait|type|const|static|macro_rules!) %s\b|\b%s: " % (one[3], one[3]), text_of[one[0]])) == 1]
        answers = {"right": 0, "right, with the undecided places": 0, "refused": 0, "wrong": 0}
        for path, _line, kind, name in random.sample(names, int(count)):
            new = name + "Renamed" if name[0].isupper() else name + "_renamed"
            before = {file: file.read_bytes() for file in (folder / "src").rglob("*.rs")}
            code, out, err = run(bench, "rename", folder, f"{path}:{name}", new)
            right = "right"
            if code and "may or may not mean" in err:
                right = "right, with the undecided places"
                code, out, err = run(bench, "rename", folder, f"{path}:{name}", new, "rename")
            if code:
                answers["refused"] += 1
                print(f"{path}:{name}: refused: {err.strip().splitlines()[-1][:200]}")
            else:
                changed = sum(file.read_bytes() != bytes_ for file, bytes_ in before.items())
                code, _, err = check(folder)
                answers[right if code == 0 else "wrong"] += 1
                print(f"{path}:{name}: {right}: {changed} files, {'compiles' if code == 0 else 'does not compile: ' + err[:300]}")
            for file, bytes_ in before.items():
                file.write_bytes(bytes_)
        print(answers)


def dead(bench, crate):
    with tempfile.TemporaryDirectory() as below:
        folder = copied(crate, below)
        lib = folder / "src/lib.rs"
        # As a program, whatever its empty beginning does not reach is unused for the compiler, unless it could be
        # named from outside: nothing of its root may be public.
        text = re.sub(r"#!\[(deny|warn|allow|no_std|cfg_attr)[^\n]*\]\n", "", lib.read_text())
        text = re.sub(r"^(\s*)pub (mod|use|extern|fn|struct|enum|trait|type|const|static)\b", r"\1\2", text, flags=re.M)
        (folder / "src/main.rs").write_text(text + "\nfn main() {}\n")
        lib.unlink()
        manifest = re.sub(r"\[lib\]\n(?:(?!\[).*\n)*", "", (folder / "Cargo.toml").read_text())
        (folder / "Cargo.toml").write_text(manifest.replace("[workspace]", '[[bin]]\nname = "it"\npath = "src/main.rs"\n\n[workspace]'))
        _, out, err = run("cargo", "check", "--offline", "--all-features", "--quiet", "--message-format=json", "--manifest-path", folder / "Cargo.toml")
        theirs = set()
        for text in out.splitlines():
            message = json.loads(text).get("message") or {}
            if (message.get("code") or {}).get("code") == "dead_code":
                for span in message["spans"]:
                    if span["is_primary"]:
                        theirs.add(f"{span['file_name']}:{span['line_start']}")
        errors = [text for text in out.splitlines() if '"level":"error"' in text]
        print(f"rustc calls {len(theirs)} things unused; {len(errors)} errors {err[:300]}")
        source = folder / "list"
        source.write_text("\n".join(sorted(theirs)))
        _, out, err = run(bench, "unused", folder, source)
        print(err.strip())
        extra = [text for text in out.splitlines() if text.split("\t")[0] not in theirs and text.split("\t")[1] == "certain"]
        print("\n".join(extra[:15]))
        ours = {text.split("\t")[0] for text in out.splitlines()}
        print("missed:", sorted(theirs - ours)[:15])


if __name__ == "__main__":
    verbs = {"references": references, "rename": rename, "dead": dead}
    if len(sys.argv) < 4 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    verbs[sys.argv[1]](*sys.argv[2:])
