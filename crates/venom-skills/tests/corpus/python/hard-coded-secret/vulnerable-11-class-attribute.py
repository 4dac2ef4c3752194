class PaymentClient:
    """Talks to the payment gateway."""

    base_url = "https://pay.example.com"
    api_key = "pk7d0a1f9c3be24e6689"  # expect: hard-coded-secret
    timeout = 15

    def __init__(self, http):
        self.http = http

    def charge(self, amount):
        return self.http.post(f"{self.base_url}/charge", json={"amount": amount}, auth=(self.api_key, ""))
