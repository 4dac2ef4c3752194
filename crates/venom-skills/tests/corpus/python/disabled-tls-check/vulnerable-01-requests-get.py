import requests


def status(host):
    answer = requests.get(f"https://{host}/status", verify=False, timeout=5)  # expect: disabled-tls-check
    answer.raise_for_status()
    return answer.json()["state"]
