from werkzeug.serving import run_simple
from werkzeug.wrappers import Request, Response


@Request.application
def application(request):
    return Response("ready", mimetype="text/plain")


if __name__ == "__main__":
    run_simple("localhost", 4000, application, use_reloader=True, use_debugger=True)  # expect: debug-mode
