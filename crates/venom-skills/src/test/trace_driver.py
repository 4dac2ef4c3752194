"""Runs a test module (unittest or pytest) as `python3 -m` would and measures which lines of the project ran.

    python3 trace_driver.py --root ROOT --out FILE -- unittest discover -v -s tests

Needs nothing but the standard library, from Python 3.8 on. The tests see the same arguments, the same sys.path, the
same standard streams and the same exit code as without it; the report goes to FILE, which lies outside the project.
Without a report (a test called os._exit, or the process was killed) there is no measurement, which is not an error.
"""

import sys

FORMAT = "venom-trace-1"
MAX_FILES = 10000
MAX_SOURCE_BYTES = 1 << 20
SKIPPED_FOLDERS = {"node_modules", "site-packages", "__pycache__", "venv", "env", "build", "dist", "target"}
TEST_FOLDERS = {"test", "tests", "testing"}


def is_test(parts):
    """Whether a path is that of a test or of what only tests and packaging use."""
    name = parts[-1]
    return (
        name.startswith("test_")
        or name.endswith("_test.py")
        or name in ("test.py", "tests.py", "conftest.py", "setup.py", "noxfile.py")
        or any(part in TEST_FOLDERS for part in parts[:-1])
    )


class Project:
    """Knows which files are measured and which of their lines can run."""

    def __init__(self, os, root):
        self.os = os
        self.root = os.path.realpath(root)
        self.prefixes = sorted({self.root + os.sep, os.path.abspath(root) + os.sep})
        self.start = os.getcwd()
        self.known = {}

    def relative(self, filename):
        """The path of a measured file from the root, or None. Asked once for each name a code object carries."""
        try:
            return self.known[filename]
        except KeyError:
            found = self.known[filename] = self.look_up(filename)
            return found

    def look_up(self, filename):
        if not filename.endswith(".py"):
            return None
        path = self.os.path.normpath(self.os.path.join(self.start, filename))
        for prefix in self.prefixes:
            if path.startswith(prefix):
                parts = path[len(prefix):].split(self.os.sep)
                return "/".join(parts) if self.is_measured(parts) else None
        return None

    @staticmethod
    def is_measured(parts):
        folders = parts[:-1]
        hidden = any(part.startswith(".") or part in SKIPPED_FOLDERS for part in folders)
        return not hidden and not is_test(parts)

    def files(self):
        """All measured files, those that no test imported included."""
        os = self.os
        found = []
        for folder, names, files in os.walk(self.root):
            names[:] = sorted(
                name
                for name in names
                if not name.startswith(".")
                and name not in SKIPPED_FOLDERS
                and name not in TEST_FOLDERS
                and not os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))
            )
            for name in sorted(files):
                path = os.path.join(folder, name)
                parts = os.path.relpath(path, self.root).split(os.sep)
                if name.endswith(".py") and self.is_measured(parts) and not os.path.islink(path):
                    found.append(("/".join(parts), path))
                    if len(found) >= MAX_FILES:
                        return found
        return found


def code_lines(code, dis):
    """The lines of a code object and of all it holds. Kept as a list: nesting has no bound worth trusting."""
    lines = set()
    pending = [code]
    while pending:
        code = pending.pop()
        lines.update(line for _, line in dis.findlinestarts(code) if line)
        pending.extend(constant for constant in code.co_consts if hasattr(constant, "co_code"))
    return lines


def statement_starts(tree, ast, source_lines):
    """Maps each line to the first line of its statement, and tells the lines that do not count.

    A statement over several lines is one; documentation is none; `# pragma: no cover` takes out a statement with all
    it holds, as coverage.py does.
    """
    starts = {}
    ignored = set()
    pending = [(node, False) for node in reversed(getattr(tree, "body", []))]
    owners = [tree]
    while pending:
        node, is_out = pending.pop()
        first = min([node.lineno] + [item.lineno for item in getattr(node, "decorator_list", [])])
        last = getattr(node, "end_lineno", None) or node.lineno
        blocks = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
        inner = [child for block in blocks if isinstance(block, list) for child in block]
        for handler in list(getattr(node, "handlers", [])) + list(getattr(node, "cases", [])):
            inner.append(handler)
        inner = [child for child in inner if hasattr(child, "lineno") or hasattr(child, "pattern")]
        for child in inner:
            if not hasattr(child, "lineno"):  # a match case has no position of its own
                child.lineno = child.pattern.lineno
                child.end_lineno = child.body[-1].end_lineno
        header_end = last if not inner else max(first, min(child.lineno for child in inner) - 1)
        header = range(first, header_end + 1)
        is_out = is_out or any("pragma: no cover" in source_lines[line - 1] for line in header if line <= len(source_lines))
        for line in range(first, last + 1):
            starts[line] = first
            if is_out:
                ignored.add(line)
        if inner and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            owners.append(node)
        pending.extend((child, is_out) for child in reversed(inner))
    for owner in owners:
        body = getattr(owner, "body", [])
        if body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(getattr(value, "value", None), str) and isinstance(value, ast.Constant):
                ignored.update(range(body[0].lineno, (body[0].end_lineno or body[0].lineno) + 1))
    return starts, ignored


def measure(path, ran, modules):
    """Counts the statements of one file, or None when it cannot be compiled."""
    ast, dis, tokenize, warnings = modules
    try:
        with tokenize.open(path) as file:
            source = file.read(MAX_SOURCE_BYTES + 1)
        if len(source) > MAX_SOURCE_BYTES:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(source, path, "exec", dont_inherit=True)
            tree = ast.parse(source)
        starts, ignored = statement_starts(tree, ast, source.splitlines())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError, UnicodeError):
        return None
    countable = {starts[line] for line in code_lines(code, dis) if line in starts and line not in ignored}
    covered = {starts[line] for line in ran if line in starts and line not in ignored}
    return {"covered": len(countable & covered), "total": len(countable)}


class Tracer:
    """Collects lines through sys.settrace: Python 3.8 to 3.11, and later ones when their monitoring is taken."""

    def __init__(self, project, dis, threading):
        self.project = project
        self.dis = dis
        self.threading = threading
        self.ran = {}
        self.todo = {}

    def start(self):
        self.threading.settrace(self.on_call)
        sys.settrace(self.on_call)

    def stop(self):
        sys.settrace(None)
        self.threading.settrace(None)

    def on_call(self, frame, event, argument):
        code = frame.f_code
        relative = self.project.relative(code.co_filename)
        if relative is None:
            return None
        # By identity: equal code of two files compares equal. Holding the code keeps its identity from being reused.
        known = self.todo.get(id(code))
        if known is None:
            known = self.todo[id(code)] = [self.follow(code, relative), code]
        return known[0]

    def follow(self, code, relative):
        """A trace function for one code object, which takes itself out once every line has run."""
        ran = self.ran.setdefault(relative, set())
        left = {line for _, line in self.dis.findlinestarts(code) if line}
        # The line of a `def` has no code of its own inside the function, although Python 3.11 began to list it.
        heading = {code.co_firstlineno}
        todo = self.todo

        def on_line(frame, event, argument):
            if event == "line":
                line = frame.f_lineno
                if line in left:
                    left.discard(line)
                    ran.add(line)
                    if left <= heading:
                        todo[id(code)][0] = None
            return on_line

        return on_line


class Monitor:
    """Collects lines through sys.monitoring (Python 3.12), which turns each line off once it has run."""

    def __init__(self, project):
        self.project = project
        self.ran = {}
        self.tool = None

    def start(self):
        monitoring = sys.monitoring
        for tool in (monitoring.COVERAGE_ID, 3, 4):
            if monitoring.get_tool(tool) is None:
                break
        else:
            return False
        monitoring.use_tool_id(tool, "venom")
        self.tool = tool
        line_event = monitoring.events.LINE
        disable = monitoring.DISABLE
        relative = self.project.relative
        ran = self.ran

        def on_start(code, offset):
            path = relative(code.co_filename)
            if path is not None:
                ran.setdefault(path, set())
                monitoring.set_local_events(tool, code, line_event)
            return disable

        def on_line(code, line):
            path = relative(code.co_filename)
            if path is not None:
                ran.setdefault(path, set()).add(line)
            return disable

        monitoring.register_callback(tool, monitoring.events.PY_START, on_start)
        monitoring.register_callback(tool, line_event, on_line)
        monitoring.set_events(tool, monitoring.events.PY_START)
        return True

    def stop(self):
        monitoring = sys.monitoring
        monitoring.set_events(self.tool, 0)
        monitoring.free_tool_id(self.tool)


def main():
    import ast
    import dis
    import json
    import os
    import runpy
    import threading
    import tokenize
    import warnings

    arguments = sys.argv[1:]
    at = arguments.index("--")
    options = dict(zip(arguments[:at:2], arguments[1:at:2]))
    module = arguments[at + 1]
    out = os.path.abspath(options["--out"])
    project = Project(os, options["--root"])
    owner = os.getpid()

    # As `python3 -m module` leaves them: the working directory comes first, and not the folder of this file.
    sys.argv = [module] + arguments[at + 2:]
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.getcwd()

    collector = Monitor(project) if hasattr(sys, "monitoring") else None
    if collector is None or not collector.start():
        collector = Tracer(project, dis, threading)
        collector.start()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        collector.stop()
        # A forked child comes by here too; only the process that began writes.
        if os.getpid() == owner:
            modules = (ast, dis, tokenize, warnings)
            files = {}
            for relative, path in project.files():
                counts = measure(path, collector.ran.get(relative, ()), modules)
                if counts is not None:
                    files[relative] = counts
            part = out + ".part"
            with open(part, "w", encoding="utf-8") as file:
                json.dump({"format": FORMAT, "files": files}, file, sort_keys=True)
            os.replace(part, out)


if __name__ == "__main__":
    main()
