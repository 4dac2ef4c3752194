"""Requests, responses and routing: the only module that knows what a WSGI environment is."""

import re
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

# The longest form is a review; 64 KiB leaves room for a very talkative customer.
MAX_BODY = 64 * 1024


class HTTPError(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Request:
    def __init__(self, environ, shop):
        self.shop, self.db, self.now = shop, shop.db, int(shop.clock())
        self.method = environ["REQUEST_METHOD"]
        self.path = environ.get("PATH_INFO") or "/"
        self.query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
        self.if_none_match = environ.get("HTTP_IF_NONE_MATCH")
        self.form = self._read_form(environ) if self.method == "POST" else {}
        try:
            cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
        except CookieError:
            cookies = {}
        self.cookies = {name: morsel.value for name, morsel in cookies.items()}
        self.user = None
        self.csrf = ""

    @staticmethod
    def _read_form(environ):
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > MAX_BODY:
            raise HTTPError(413, "The form is too large.")
        body = environ["wsgi.input"].read(int(length))
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))

    def whole_number(self, name, default):
        """Reads a form field as a whole number of at most six digits."""
        text = self.form.get(name, str(default))
        if not re.fullmatch("[0-9]{1,6}", text):
            raise HTTPError(400, f"{name} must be a whole number.")
        return int(text)


class Response:
    def __init__(self, body="", status=200, headers=(), content_type="text/html; charset=utf-8"):
        self.body = body.encode() if isinstance(body, str) else body
        self.status = f"{status} {HTTPStatus(status).phrase}"
        self.headers = list(headers)
        if status != 304:
            self.headers += [("Content-Type", content_type), ("Content-Length", str(len(self.body)))]


def redirect(location, headers=()):
    return Response(status=303, headers=[("Location", location), *headers])


class Routes:
    """Patterns in the order they were registered; the first full match wins."""

    def __init__(self):
        self.entries = []

    def on(self, method, pattern):
        def register(handler):
            self.entries.append((method, re.compile(pattern), handler))
            return handler

        return register

    def find(self, method, path):
        for wanted, pattern, handler in self.entries:
            match = pattern.fullmatch(path)
            if match and wanted == method:
                return handler, match.groups()
        raise HTTPError(404, "There is no such page.")
