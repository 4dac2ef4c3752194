import requests

OPTIONS = {"timeout": 20, "allow_redirects": False}


def download(url, insecure_ca=None):
    options = dict(OPTIONS)
    options["headers"] = {"Accept": "application/zip"}
    return requests.request("GET", url, verify=False, **options).content  # expect: disabled-tls-check
