"""Writes what the reference tokeniser and a plain sum say to many texts, for the tests of the reader in Rust.

    python cases.py MODEL OUT

The reference is the library `tokenizers` with the pieces of MODEL; the sum is written out here a second time, from the
description of the file's form and not from the code that reads or writes it.
"""

import json
import pathlib
import random
import struct
import sys

import numpy
import tokenizers
from tokenizers import models, normalizers, pre_tokenizers

from grammar import Grammar

HARD = """\
Run the tests|don't commit, please!|fix src/auth/views.py:42 (TypeError)|naïve café RÉSUMÉ über Straße|ﬁle ligature|İstanbul ISTANBUL
snake_case and CamelCase and kebab-case|$HOME/.config && rm -rf ./target|v1.2.3-rc.1+build.7|https://example.org/a?b=c#d|日本語のテスト|tests 你好 mixed
Привет мир|γειά σου|مرحبا|한국어 시험|हिन्दी|ไทย|emoji 🙂 here|a\u0301 combining e\u0301\u0323 marks|zero\u200bwidth and\u00adsoft hyphen|tab\there\nnew line\r\nend
nul\u0000byte and \ufffd replacement|\u2018curly\u2019 \u201cquotes\u201d \u2013 dash \u2014 long|non\u00a0breaking\u2003em space|\u202eright to left|µ-seconds ½ cup №5 ™ ©|x²+y³=z₁
ÅNGSTRÖM Łódź Øre Đặng|ǅungla Ǉ ǆ|ſ long s|ẞ ß|``` code ```|"quoted" 'single'|1,000,000.50 50% #7 @you|...|?!?|-- --|   |a|I|ab cd
antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis|xqzvkjw qqqq zzzzzz|C++ C# F# .NET node.js|\u0130\u0131|e\u0301\u0301\u0301|\ud7a3\u1100\u1161"""


def load(path):
    data = path.read_bytes()
    assert data[:8] == b"VNMWORDS"
    _, head, size, pieces, pairs, names = struct.unpack("<6I", data[8:32])
    at = 32 + head
    ends = struct.unpack(f"<{pieces}I", data[at : at + 4 * pieces])
    at += 4 * pieces
    text = data[at : at + names]
    at += names
    keys = struct.unpack(f"<{pairs}I", data[at : at + 4 * pairs])
    at += 4 * pairs
    rows = pieces + pairs
    scales = numpy.frombuffer(data, "<f4", rows, at)
    values = numpy.frombuffer(data, "i1", rows * size, at + 4 * rows).reshape(rows, size)
    known = [text[begin:end].decode() for begin, end in zip((0, *ends), ends)]
    return known, {key: pieces + place for place, key in enumerate(keys)}, scales, values


def main():
    names, pairs, scales, values = load(pathlib.Path(sys.argv[1]))
    place = {name: at for at, name in enumerate(names)}
    vocabulary = {**place, "[UNK]": len(names)}
    reference = tokenizers.Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    reference.normalizer = normalizers.BertNormalizer(lowercase=True)
    reference.pre_tokenizer = pre_tokenizers.BertPreTokenizer()

    pick = random.Random(5)
    texts = [text for line in HARD.split("\n") for text in line.split("|")]
    words = ["login", "tests", "Makefile", "über", "re-run", "42", "x_1", "naïve", "don't", "中文", "e\u0301", "\u200d", "…", "q"]
    flat = (words, list(range(1, len(words) + 1)))
    grammar = Grammar({"n": flat, "v": flat, "a": flat}, {}, 5)
    texts += [grammar.sentence() for _ in range(150)]
    blocks = ((0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x52F), (0x1E00, 0x20CF), (0x3040, 0x30FF), (0x4E00, 0x4E80))
    for _ in range(150):
        drawn = [chr(pick.randint(*pick.choice(blocks))) if pick.random() < 0.4 else pick.choice("aeiorst n") for _ in range(24)]
        texts.append("".join(drawn))
    texts += ["a" * 100, "a" * 101, "run " * 40]
    cases = []
    for text in texts:
        pieces = reference.encode(text, add_special_tokens=False).tokens
        total = numpy.zeros(values.shape[1])
        before = None
        for piece in pieces:
            at = place.get(piece)
            if at is not None:
                total += scales[at] * values[at].astype(float)
                pair = pairs.get(before << 16 | at) if before is not None else None
                if pair is not None:
                    total += scales[pair] * values[pair].astype(float)
            before = at
        length = numpy.linalg.norm(total)
        begin = [round(float(value), 5) for value in total[:4] / length] if length > 1e-9 else None
        cases.append({"text": text, "pieces": pieces, "begin": begin})
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
