import logging

from flask import Blueprint, make_response, request
import html

log = logging.getLogger(__name__)
bp = Blueprint("search", __name__)


@bp.route("/search")
def search():
    query = request.args["q"]
    log.info("search for %r", query)
    return make_response("<p>No results for <b>" + html.escape(query) + "</b></p>", 404)  # expect: xss
