"""The WSGI application: finds the handler, opens the session, commits or rolls back."""

import html
import logging
import time
import traceback

from . import assets, auth, cart, catalog, orders, pages, reviews
from .auth import sessions
from .web import HTTPError, Request, Response, Routes

log = logging.getLogger(__name__)


def log_mail(recipient, subject, text):
    """Stands in for the mail relay on a developer's machine."""
    log.info("mail to %s: %s (%d characters)", recipient, subject, len(text))


class Shop:
    def __init__(self, db, debug=False, clock=time.time, mailer=log_mail):
        self.db, self.debug, self.clock, self.mailer = db, debug, clock, mailer
        self.routes = Routes()
        for module in (auth.views, catalog, reviews, cart, orders, assets):
            self.routes.entries += module.routes.entries

    def __call__(self, environ, start_response):
        response = self._respond(environ)
        start_response(response.status, response.headers)
        return [response.body]

    def _respond(self, environ):
        request = None
        try:
            request = Request(environ, self)
            with self.db:
                sessions.open_for(request)
                handler, captured = self.routes.find(request.method, request.path)
                return handler(request, *captured)
        except HTTPError as error:
            if request is None:
                return Response(html.escape(str(error)), error.status)
            body = f"<p>{html.escape(str(error))}</p>"
            return pages.page(request, "Sorry", body, error.status)
        except Exception:
            log.exception("request failed")
            detail = traceback.format_exc() if self.debug else "Something went wrong."
            return Response(f"<pre>{html.escape(detail)}</pre>", 500)
