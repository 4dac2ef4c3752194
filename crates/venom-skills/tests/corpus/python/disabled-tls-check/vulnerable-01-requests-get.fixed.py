import requests


def status(host):
    answer = requests.get(f"https://{host}/status", timeout=5)  # expect: disabled-tls-check
    answer.raise_for_status()
    return answer.json()["state"]
