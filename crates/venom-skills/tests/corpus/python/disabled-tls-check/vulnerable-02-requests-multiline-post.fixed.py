import os

import requests
import urllib3

urllib3.disable_warnings()


def notify(text):
    response = requests.post(  # expect: disabled-tls-check
        os.environ["HOOK_URL"],
        json={"text": text},
        timeout=10,
    )
    return response.ok
