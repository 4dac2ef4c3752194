import certifi
import requests

COMPANY_CA = "/etc/ssl/certs/company.pem"


def fetch(url):
    return requests.get(url, verify=COMPANY_CA, timeout=10).content


def fetch_public(url):
    return requests.get(url, verify=certifi.where(), timeout=10).content
