import requests


def announced_digests(url):
    answer = requests.head(url, timeout=5, allow_redirects=True)
    return {
        "md5": answer.headers.get("Content-MD5"),
        "sha1": answer.headers.get("X-Checksum-Sha1"),
        "sha256": answer.headers.get("X-Checksum-Sha256"),
    }
