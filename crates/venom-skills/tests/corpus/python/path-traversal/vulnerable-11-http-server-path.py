from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import unquote


class Files(BaseHTTPRequestHandler):
    def do_GET(self):
        name = unquote(self.path.lstrip("/"))
        try:
            with open("public/" + name, "rb") as f:  # expect: path-traversal
                body = f.read()
        except OSError:
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", 8080), Files).serve_forever()
