"""Files under /static."""

import hashlib
import mimetypes
import os

from .web import HTTPError, Response, Routes

routes = Routes()
FOLDER = os.path.join(os.path.dirname(__file__), "static")


@routes.on("GET", "/static/(.+)")
def serve(request, name):
    path = os.path.join(FOLDER, name)
    if not os.path.isfile(path):
        raise HTTPError(404, "There is no such file.")
    with open(path, "rb") as file:
        content = file.read()
    etag = '"' + hashlib.md5(content, usedforsecurity=False).hexdigest() + '"'
    if request.if_none_match == etag:
        return Response(status=304, headers=[("ETag", etag)])
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Response(content, headers=[("ETag", etag)], content_type=kind)
