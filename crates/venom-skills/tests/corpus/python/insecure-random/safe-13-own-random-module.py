from secrets import SystemRandom

random = SystemRandom()


def voucher(length: int = 12) -> str:
    """The name random is the system's generator in this file."""
    token = "".join(random.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(length))
    return token
