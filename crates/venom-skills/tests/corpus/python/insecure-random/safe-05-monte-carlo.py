import random


def estimate_pi(samples: int, seed: int = 1) -> float:
    generator = random.Random(seed)
    inside = 0
    for _ in range(samples):
        x, y = generator.random(), generator.random()
        inside += x * x + y * y <= 1.0
    return 4 * inside / samples
