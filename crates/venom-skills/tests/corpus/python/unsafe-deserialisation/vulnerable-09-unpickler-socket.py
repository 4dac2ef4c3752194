import pickle
import socketserver


class Receiver(socketserver.StreamRequestHandler):
    def handle(self):
        message = pickle.Unpickler(self.rfile).load()  # expect: unsafe-deserialisation
        self.server.queue.append(message)
        self.wfile.write(b"ok\n")
