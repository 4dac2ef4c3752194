"""A browser small enough to read, and the test case that gives each test its own shop."""

import io
import re
import unittest
from http.cookies import SimpleCookie
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from shop.app import Shop
from shop.db import connect

NOON = 1_700_000_000
PASSWORD = "correct horse"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = int(status[:3]), dict(headers), body
        self.text = body.decode("utf-8", "replace")


class Browser:
    """Keeps the session cookie, and sends forms with the token of the front page."""

    def __init__(self, shop):
        self.app, self.cookies = validator(shop), SimpleCookie()

    def get(self, path, query=None, headers=None):
        return self._send("GET", path, urlencode(query or {}), b"", headers or {})

    def post(self, path, **fields):
        token = re.search('name="csrf" value="([0-9a-f]+)"', self.get("/").text)
        if token:
            fields.setdefault("csrf", token[1])
        return self._send("POST", path, "", urlencode(fields).encode(), {})

    def sign_up(self, email="ann@example.com", name="Ann"):
        return self.post("/register", email=email, name=name, password=PASSWORD)

    def log_in(self, email="ann@example.com", password=PASSWORD, **fields):
        return self.post("/login", email=email, password=password, **fields)

    def _send(self, method, path, query, body, headers):
        environ = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, **headers}
        environ.update({"QUERY_STRING": query, "CONTENT_LENGTH": str(len(body))})
        environ["wsgi.input"] = io.BytesIO(body)
        if self.cookies:
            environ["HTTP_COOKIE"] = self.cookies.output(attrs=[], header="", sep=";").strip()
        setup_testing_defaults(environ)
        seen = []
        result = self.app(environ, lambda *start: seen.extend(start))
        answer = Answer(*seen[:2], b"".join(result))
        result.close()
        self.cookies.load(answer.headers.get("Set-Cookie", ""))
        return answer


class ShopTest(unittest.TestCase):
    def setUp(self):
        self.db = connect(":memory:")
        self.addCleanup(self.db.close)
        with self.db:
            self.db.executemany(
                "INSERT INTO products VALUES (?, ?, ?, ?, ?)",
                [
                    (1, "T-1", "Teapot", 2450, 3),
                    (2, "T-2", "Tea towel", 700, 10),
                    (3, "M-1", "Mug", 950, 0),
                ],
            )
        self.now, self.mails = NOON, []
        self.shop = Shop(self.db, clock=lambda: self.now, mailer=lambda *mail: self.mails.append(mail))
        self.browser = Browser(self.shop)

    def scalar(self, query, *values):
        return self.db.execute(query, values).fetchone()[0]
