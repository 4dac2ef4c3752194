from Crypto.Hash import MD5


def fingerprint_of_certificate(der: bytes) -> str:
    digest = MD5.new(der)  # expect: weak-hash
    text = digest.hexdigest().upper()
    return ":".join(text[i:i + 2] for i in range(0, len(text), 2))
