from bottle import route, run


@route("/hello/<name:int>")
def hello(name):
    return {"hello": name}


run(host="localhost", port=8080, debug=True)  # expect: debug-mode
