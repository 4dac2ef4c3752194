class Connection:
    password = ""
    token = None
    api_key: str | None = None

    def __init__(self, password="", secret=None, token: str = ""):
        self.password = password
        self.secret = secret
        self.token = token or ""
