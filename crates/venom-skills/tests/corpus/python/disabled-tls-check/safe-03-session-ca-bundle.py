import os

import requests


def build_session():
    session = requests.Session()
    session.verify = os.environ.get("COMPANY_CA", "/etc/ssl/certs/ca-certificates.crt")
    session.cert = ("/run/keys/client.crt", "/run/keys/client.key")
    return session
