import random


def mask_tokens(tokens: list[str], share: float = 0.15) -> list[str]:
    """Hide some words of a sentence, for training a language model."""
    masked = []
    for token in tokens:
        masked.append("[MASK]" if random.random() < share else token)
    return masked


def next_token(candidates: list[str], weights: list[float]) -> str:
    return random.choices(candidates, weights=weights, k=1)[0]
