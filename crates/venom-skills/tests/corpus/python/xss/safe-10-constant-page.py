from http.server import BaseHTTPRequestHandler

VERSION = "4.2"
PAGE = "<html><body><h1>Status</h1><p>version " + VERSION + "</p></body></html>"


class Status(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode("utf-8"))
