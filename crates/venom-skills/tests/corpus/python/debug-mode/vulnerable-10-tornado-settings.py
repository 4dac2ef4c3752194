import tornado.ioloop
import tornado.web


class Main(tornado.web.RequestHandler):
    def get(self):
        self.write({"state": "ready"})


def make_app():
    return tornado.web.Application([(r"/", Main)], debug=True)  # expect: debug-mode


if __name__ == "__main__":
    make_app().listen(8888)
    tornado.ioloop.IOLoop.current().start()
