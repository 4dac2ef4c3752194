import hashlib
import urllib.request


def download(url, expected):
    """Fetch an update and refuse it when it was tampered with."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        data = answer.read()
    actual = hashlib.new("sha1")  # expect: weak-hash
    actual.update(data)
    if actual.hexdigest() != expected:
        raise ValueError("the update was tampered with")
    return data
