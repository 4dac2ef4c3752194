import numpy as np


def noisy(signal: np.ndarray, level: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(7)
    return signal + rng.normal(0.0, level, size=signal.shape)


def split(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.random.permutation(len(rows))
    cut = int(0.8 * len(rows))
    return rows[order[:cut]], rows[order[cut:]]
