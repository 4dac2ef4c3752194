import pickle
from pathlib import Path


def snapshot(state, folder: Path) -> int:
    data = pickle.dumps(state, protocol=pickle.HIGHEST_PROTOCOL)
    (folder / "state.pickle").write_bytes(data)
    return len(data)


def size_of(value) -> int:
    return len(pickle.dumps(value))
