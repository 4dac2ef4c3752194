"""Serves functions with Google's framework and prints the port. Ends when its standard input does."""
import hashlib
import hmac
import sys
import threading

import functions_framework
from werkzeug.serving import make_server

# The framework loads this file once for each function; what was seen belongs to all of them.
SEEN = functions_framework.__dict__.setdefault("seen_by_all", [])


@functions_framework.http
def plain(request):
    given = request.get_json()
    if given.get("fail"):
        raise KeyError("no such image")
    if given.get("page"):
        return "<!doctype html><p>a page"
    if given.get("busy"):
        return ({"error": "busy"}, 429, {"Retry-After": "0"})
    return {
        "got": given,
        "key": request.headers.get("Idempotency-Key"),
        "deadline": request.headers.get("X-Request-Deadline"),
        "bearer": request.headers.get("Authorization"),
    }


@functions_framework.http
def signed(request):
    time = request.headers["X-Venom-Timestamp"]
    path = request.full_path.rstrip("?")
    message = f"v1\n{request.method}\n{path}\n{time}\n".encode() + request.get_data()
    wanted = "v1=" + hmac.new(b"the-shared-secret-itself", message, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, request.headers["X-Venom-Signature"]):
        return ({"error": "the signature is wrong"}, 401)
    return {"signed": True}


@functions_framework.cloud_event
def event(given):
    SEEN.append({"id": given["id"], "type": given["type"], "source": given["source"], "data": given.data})


@functions_framework.http
def seen(request):
    return SEEN


def main():
    ports = []
    for name in ("plain", "signed", "event", "seen"):
        app = functions_framework.create_app(target=name, source=__file__)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ports.append(server.port)
    print(*ports, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
