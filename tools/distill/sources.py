"""Collects the sentences that the student is fitted to, from packages with open licences. See README.md.

    python sources.py WORK     # writes WORK/texts.txt, one sentence a line, in a random but fixed order

Needs apt-get (to download, not to install) and pip. What is here already is not fetched again.
"""

import gzip
import hashlib
import io
import json
import pathlib
import random
import re
import subprocess
import sys
import zipfile

from grammar import Grammar

SEED = 7
DEBIAN = ("wordnet-base", "dict-jargon", "python3.11-doc")
# Wheels, all Apache-2.0, BSD-3-Clause or MIT; what is not said in English is passed over.
WHEELS = (
    "chatterbot-corpus==1.3.3",
    "ovos-skill-alerts==0.1.28",
    "ovos-skill-application-launcher==0.5.14",
    "ovos-skill-date-time==1.1.5",
    "ovos-skill-moviemaster==0.0.12",
    "ovos-skill-news==0.4.6",
    "ovos-skill-personal==0.1.19",
    "ovos-skill-spelling==0.2.6",
    "ovos-skill-volume==0.1.16",
    "ovos-skill-weather==1.0.6",
)
MADE, GLOSSES, LEMMAS, PYTHON = 170_000, 60_000, 30_000, 14_000
LONGEST = 18  # words; the teacher's time grows with length and goals are short


def fetch(work):
    for package in DEBIAN:
        target = work / "debian" / package
        if not target.exists():
            target.mkdir(parents=True)
            subprocess.run(["apt-get", "download", "-q", package], cwd=target, check=True)
            (archive,) = target.glob("*.deb")
            subprocess.run(["dpkg-deb", "-x", archive.name, "."], cwd=target, check=True)
    wheels = work / "wheels"
    if not wheels.exists():
        wheels.mkdir()
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", str(wheels)]
        subprocess.run([*command, *WHEELS], check=True)


def sentences(prose):
    for sentence in re.split(r"(?<=[.!?:;])\s+", re.sub(r"\s+", " ", prose)):
        words = sentence.split()
        if 2 <= len(words):
            yield " ".join(words[:LONGEST])


def wordnet(work, pick):
    folder = work / "debian/wordnet-base/usr/share/wordnet"
    glosses, examples, lemmas = [], [], []
    for kind in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{kind}").read_text("latin-1").splitlines():
            if line.startswith("  "):
                continue
            fields, _, gloss = line.partition(" | ")
            fields = fields.split()
            names = [re.sub(r"\(\w+\)$", "", fields[4 + 2 * at]).replace("_", " ") for at in range(int(fields[3], 16))]
            quoted = re.findall(r'"([^"]+)"', gloss)
            meaning = re.sub(r';?\s*"[^"]*"', "", gloss).strip(" ;")
            examples += [example for quote in quoted for example in sentences(quote)]
            glosses.append(" ".join(f"{names[0]}: {meaning}".split()[:LONGEST]))
            lemmas += names
    lemmas = sorted(set(lemmas))
    return examples + pick.sample(glosses, GLOSSES) + pick.sample(lemmas, LEMMAS)


def lexicon(work):
    """Words with cumulated weights: the root of how often each was seen in tagged text."""
    folder = work / "debian/wordnet-base/usr/share/wordnet"
    counts = {"n": {}, "v": {}, "a": {}}
    kinds = {"1": "n", "2": "v", "3": "a", "5": "a"}
    for line in (folder / "cntlist.rev").read_text("latin-1").splitlines():
        key, _, count = line.split()
        lemma, _, rest = key.partition("%")
        kind = kinds.get(rest[0])
        if kind:
            lemma = lemma.replace("_", " ")
            counts[kind][lemma] = counts[kind].get(lemma, 0) + int(count)
    result = {}
    for kind, known in counts.items():
        words, weights, total = sorted(known), [], 0.0
        for word in words:
            total += known[word] ** 0.5
            weights.append(total)
        result[kind] = (words, weights)
    irregular = {}
    for line in (folder / "verb.exc").read_text().splitlines():
        form, base = line.split()[:2]
        if not form.endswith(("ing", "s")):
            irregular.setdefault(base, form)
    return result, irregular


def jargon(work):
    text = gzip.open(next((work / "debian/dict-jargon").rglob("*.dict.dz"))).read().decode("utf-8", "replace")
    return list(sentences(text.replace("{", "").replace("}", "")))


def python_manual(work, pick):
    found = []
    for page in sorted((work / "debian/python3.11-doc").rglob("_sources/**/*.rst.txt")):
        for block in re.split(r"\n\s*\n", page.read_text("utf-8", "replace")):
            if re.match(r"\s*(\.\.|[-=*^~+|#>])", block) or "::" in block:
                continue
            plain = re.sub(r":[\w:]+:`[~!]?([^`<]+)[^`]*`", r"\1", block).replace("``", "").replace("*", "").replace("`", "")
            found += sentences(plain)
    return pick.sample(found, min(PYTHON, len(found)))


def variants(pattern, pick):
    """Expands `(a|b) [c] {slot}` of an assistant's intent file, once."""
    for _ in range(40):
        inner = re.search(r"\(([^()]*)\)|\[([^\[\]]*)\]", pattern)
        if not inner:
            break
        options = (inner.group(1) if inner.group(1) is not None else inner.group(2) + "|").split("|")
        pattern = pattern[: inner.start()] + pick.choice(options) + pattern[inner.end() :]
    return " ".join(pattern.replace("{", " ").replace("}", " ").replace("_", " ").split())


def wheels(work, pick):
    found = []
    for wheel in sorted((work / "wheels").glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in sorted(archive.namelist()):
                text = io.TextIOWrapper(archive.open(name), "utf-8", "replace").read() if "/en-us/" in name or "/english/" in name else ""
                if name.endswith((".intent", ".dialog")):
                    for line in text.splitlines():
                        if line.strip() and not line.startswith("#"):
                            found += [variants(line, pick) for _ in range(4)]
                elif name.endswith("skill.json") and text:
                    found += [str(example) for example in json.loads(text).get("examples", [])]
                elif name.endswith(".yml"):
                    said = re.findall(r"^\s*(?:- )+(.+)$", text, re.M)
                    found += [sentence for line in said for sentence in sentences(line.strip("'\""))]
    return [" ".join(line.split()[:LONGEST]) for line in found]


def main():
    work = pathlib.Path(sys.argv[1])
    work.mkdir(parents=True, exist_ok=True)
    fetch(work)
    pick = random.Random(SEED)
    words, irregular = lexicon(work)
    grammar = Grammar(words, irregular, SEED)
    parts = {
        "wordnet": wordnet(work, pick),
        "jargon": jargon(work),
        "python": python_manual(work, pick),
        "wheels": wheels(work, pick),
        "made": [grammar.sentence() for _ in range(MADE)],
    }
    for name, lines in parts.items():
        print(name, len(lines), "sentences, for example:", pick.choice(lines))
    everything = sorted({" ".join(line.split()) for lines in parts.values() for line in lines if line.strip()})
    pick.shuffle(everything)
    text = "\n".join(everything) + "\n"
    (work / "texts.txt").write_text(text)
    print(len(everything), "sentences, sha256", hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    main()
