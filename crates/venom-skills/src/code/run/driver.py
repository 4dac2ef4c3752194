# Runs snippets one after the other in one interpreter and tells what came of each.
#
# A request and an answer are a line `VENOM <bytes>` and that many bytes of JSON. They travel on the
# descriptors 3 and 4; 0, 1 and 2 belong to the snippets. The folder of the driver is `VENOM_ROOM`:
# `work` is where snippets are, `stdout` and `stderr` take what they print.
import ast, base64, json, os, sys, traceback

REQUESTS, ANSWERS = os.fdopen(3, "rb", closefd=False), 4
for descriptor in (3, 4):
    os.set_inheritable(descriptor, False)
ROOM = os.environ.pop("VENOM_ROOM")
SHOWN = 4 << 20
LARGEST, WHOLE, MOST = 8 << 20, 16 << 20, 200
names = {"__name__": "__main__", "__builtins__": __builtins__}


def printed(name):
    path = os.path.join(ROOM, name)
    size = os.path.getsize(path)
    with open(path, "rb") as stream:
        data = stream.read(SHOWN)
    os.truncate(path, 0)
    return {"data": base64.b64encode(data).decode(), "dropped": max(0, size - SHOWN)}


def state():
    found = {}
    for folder, folders, files in os.walk("out" if os.path.isdir("out") else os.path.join(ROOM, "desk", "out")):
        for name in files:
            path = os.path.join(folder, name)
            try:
                about = os.lstat(path)
            except OSError:
                continue
            if (about.st_mode & 0o170000) == 0o100000:
                found[path] = (about.st_mtime_ns, about.st_size)
    return found


def left(before):
    kept, room, left_out = [], WHOLE, []
    for path, about in sorted(state().items()):
        if before.get(path) == about:
            continue
        name = os.path.relpath(path, os.path.join(ROOM, "desk", "out"))
        if about[1] > LARGEST or about[1] > room or len(kept) >= MOST:
            left_out.append(name)
            continue
        room -= about[1]
        try:
            with open(path, "rb") as stream:
                data = stream.read(LARGEST)
        except OSError:
            left_out.append(name)
            continue
        kept.append({"name": name, "data": base64.b64encode(data).decode()})
    return kept, left_out


def run(source):
    answer = {"outcome": "ok", "value": None, "exception": None, "code": None}
    try:
        tree = ast.parse(source, "<snippet>")
        last = None
        if tree.body and isinstance(tree.body[-1], ast.Expr):
            last = ast.Expression(tree.body.pop().value)
        exec(compile(tree, "<snippet>", "exec"), names)
        if last is not None:
            value = eval(compile(last, "<snippet>", "eval"), names)
            if value is not None:
                names["_"] = value
                answer["value"] = repr(value)[:16000]
    except SystemExit as stop:
        code = stop.code
        code = 0 if code is None else code if isinstance(code, int) else 1
        answer["code"] = code
        answer["outcome"] = "ok" if code == 0 else "failed"
    except KeyboardInterrupt:
        answer["outcome"] = "interrupted"
    except BaseException as error:
        lines = traceback.format_exception(type(error), error, error.__traceback__.tb_next if error.__traceback__ else None)
        answer["outcome"] = "raised"
        answer["exception"] = {
            "type": type(error).__name__,
            "message": str(error)[:8000],
            "trace": "".join(lines)[-16000:],
        }
    return answer


def main():
    sys.argv = [""]
    os.chdir(os.path.join(ROOM, "desk"))
    while True:
        head = REQUESTS.readline(64)
        if not head:
            os._exit(0)
        request = json.loads(REQUESTS.read(int(head.split()[1])))
        for link in request["inputs"]:
            place = os.path.join(ROOM, "desk", link["name"])
            if not os.path.lexists(place):
                os.symlink(link["path"], place)
        before = state()
        answer = None
        while answer is None:
            try:
                answer = run(request["source"])
                for stream in (sys.stdout, sys.stderr):
                    try:
                        stream.flush()
                    except Exception:
                        pass
            except KeyboardInterrupt:
                answer = {"outcome": "interrupted", "value": None, "exception": None, "code": None}
        answer["stdout"], answer["stderr"] = printed("stdout"), printed("stderr")
        answer["artefacts"], answer["left_out"] = left(before)
        data = json.dumps(answer).encode()
        data = b"VENOM %d\n" % len(data) + data
        while data:
            data = data[os.write(ANSWERS, data):]


main()
