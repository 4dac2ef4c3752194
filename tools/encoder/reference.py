"""What a sentence encoder makes of texts, computed with numpy alone and in numbers of 64 bits.

    python3 reference.py FOLDER < texts.json > vectors.json
    python3 reference.py --small FOLDER

The first reads a list of texts and writes a vector of length one for each. The second makes a small model of chance
numbers in FOLDER, with `expected.json` beside it: texts and their vectors. The tests of `crates/venom-mind` hold the
encoder to both. README.md says when to run it.
"""

import json
import struct
import sys
import unicodedata
from math import erf
from pathlib import Path

import numpy as np

TYPES = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}


def tensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    head = json.loads(data[8 : 8 + length])
    body = data[8 + length :]
    found = {}
    for name, one in head.items():
        if name != "__metadata__" and one["dtype"] in TYPES:
            begin, end = one["data_offsets"]
            values = np.frombuffer(body[begin:end], TYPES[one["dtype"]])
            found[name] = values.reshape(one["shape"]).astype(np.float64)
    return found


def words(text):
    """Cuts as BERT without case does: no controls, no marks on letters, signs and Chinese characters alone."""
    clean = []
    for character in text:
        code, category = ord(character), unicodedata.category(character)
        if character in "\t\n\r" or category == "Zs":
            clean.append(" ")
        elif code in (0, 0xFFFD) or category in ("Cc", "Cf", "Co", "Cs"):
            continue
        elif 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0xF900 <= code <= 0xFAFF or code >= 0x20000:
            clean.append(f" {character} ")
        else:
            clean.append(character)
    plain = unicodedata.normalize("NFD", "".join(clean).lower())
    cut = []
    for word in plain.split():
        part = ""
        for character in word:
            category = unicodedata.category(character)
            if category == "Mn":
                continue
            if category.startswith("P") or (character.isascii() and not character.isalnum()):
                cut += [part, character]
                part = ""
            else:
                part += character
        cut.append(part)
    return [word for word in cut if word]


def pieces(word, known):
    found, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = word[start:end] if start == 0 else "##" + word[start:end]
            if piece in known:
                found.append(known[piece])
                start = end
                break
        else:
            return [known["[UNK]"]]
    return found if len(word) <= 100 else [known["[UNK]"]]


class Model:
    def __init__(self, folder):
        folder = Path(folder)
        self.config = json.loads((folder / "config.json").read_text())
        lines = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
        self.known = {line: at for at, line in enumerate(lines) if line}
        self.tensors = tensors(folder / "model.safetensors")
        limit, pooling = folder / "sentence_bert_config.json", folder / "1_Pooling" / "config.json"
        self.longest = json.loads(limit.read_text())["max_seq_length"] if limit.exists() else 256
        self.longest = min(self.longest, self.config["max_position_embeddings"])
        self.first = pooling.exists() and json.loads(pooling.read_text())["pooling_mode_cls_token"]

    def dense(self, name, rows):
        return rows @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def norm(self, name, rows):
        mean = rows.mean(axis=1, keepdims=True)
        spread = ((rows - mean) ** 2).mean(axis=1, keepdims=True)
        rows = (rows - mean) / np.sqrt(spread + self.config["layer_norm_eps"])
        return rows * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]

    def vector(self, text):
        middle = [piece for word in words(text) for piece in pieces(word, self.known)]
        cut = [self.known["[CLS]"], *middle[: self.longest - 2], self.known["[SEP]"]]
        rows = self.tensors["embeddings.word_embeddings.weight"][cut]
        rows = rows + self.tensors["embeddings.position_embeddings.weight"][: len(cut)]
        rows = self.norm("embeddings.LayerNorm", rows + self.tensors["embeddings.token_type_embeddings.weight"][0])
        heads = self.config["num_attention_heads"]
        wide = self.config["hidden_size"] // heads
        for at in range(self.config["num_hidden_layers"]):
            layer = f"encoder.layer.{at}"
            query, key, value = (self.dense(f"{layer}.attention.self.{name}", rows) for name in ("query", "key", "value"))
            seen = np.empty_like(rows)
            for head in range(heads):
                own = slice(head * wide, (head + 1) * wide)
                scores = query[:, own] @ key[:, own].T / np.sqrt(wide)
                shares = np.exp(scores - scores.max(axis=1, keepdims=True))
                seen[:, own] = shares / shares.sum(axis=1, keepdims=True) @ value[:, own]
            rows = self.norm(
                f"{layer}.attention.output.LayerNorm", rows + self.dense(f"{layer}.attention.output.dense", seen)
            )
            inner = self.dense(f"{layer}.intermediate.dense", rows)
            inner = 0.5 * inner * (1 + np.vectorize(erf)(inner / np.sqrt(2)))
            rows = self.norm(f"{layer}.output.LayerNorm", rows + self.dense(f"{layer}.output.dense", inner))
        sum_ = rows[0] if self.first else rows.mean(axis=0)
        return sum_ / np.linalg.norm(sum_)


TEXTS = [
    "the river runs",
    "The  RIVER ran, and ran!",
    "running rivers",
    "Müller rüns",
    "nothing of this is known 漢字",
    "",
    "the the the the the the the the the the the the the the the the the the the the",
]
PIECES = "[PAD] [UNK] [CLS] [SEP] the river run ##s ##ning ran and , ! m ##u ##ller of this 漢".split()


def small(folder):
    """Two layers of eight numbers. The weights are larger than those of a real model, so that each counts."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(7)
    size, between, places = 8, 12, 16
    shapes = {
        "embeddings.word_embeddings.weight": (len(PIECES), size),
        "embeddings.position_embeddings.weight": (places, size),
        "embeddings.token_type_embeddings.weight": (2, size),
        "embeddings.LayerNorm": size,
    }
    for at in range(2):
        layer = f"encoder.layer.{at}"
        for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            shapes[f"{layer}.{name}"] = (size, size)
        shapes[f"{layer}.intermediate.dense"] = (between, size)
        shapes[f"{layer}.output.dense"] = (size, between)
        shapes[f"{layer}.attention.output.LayerNorm"] = shapes[f"{layer}.output.LayerNorm"] = size
    made = {}
    for name, shape in shapes.items():
        if isinstance(shape, int):
            made[f"{name}.weight"] = 1 + 0.3 * chance.standard_normal(shape)
            made[f"{name}.bias"] = 0.3 * chance.standard_normal(shape)
        elif name.endswith(".weight"):
            made[name] = chance.standard_normal(shape)
        else:
            made[f"{name}.weight"] = 0.5 * chance.standard_normal(shape)
            made[f"{name}.bias"] = 0.3 * chance.standard_normal(shape[0])
    head, body = {"__metadata__": {"format": "pt"}}, b""
    # Not in the order of their names, as files in use are not, and with one that nobody needs.
    made["embeddings.position_ids"] = np.arange(places)
    for name in sorted(made, key=lambda name: name[::-1]):
        is_index = name == "embeddings.position_ids"
        values = made[name].astype("<i8" if is_index else "<f4")
        head[name] = {
            "dtype": "I64" if is_index else "F32",
            "shape": list(values.shape),
            "data_offsets": [len(body), len(body) + values.nbytes],
        }
        body += values.tobytes()
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)
    config = {
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": size,
        "intermediate_size": between,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": places,
        "type_vocab_size": 2,
        "vocab_size": len(PIECES),
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "vocab.txt").write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    model = Model(folder)
    cases = [{"text": text, "vector": [round(value, 7) for value in model.vector(text)]} for text in TEXTS]
    (folder / "expected.json").write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--small"] and len(sys.argv) == 3:
        small(sys.argv[2])
    elif len(sys.argv) == 2:
        model = Model(sys.argv[1])
        vectors = [[round(value, 7) for value in model.vector(text)] for text in json.load(sys.stdin)]
        json.dump(vectors, sys.stdout)
    else:
        sys.exit(__doc__)
