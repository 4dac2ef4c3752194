"""Makes images for functions of Python, of files of this machine alone.

The emulator starts a container for each call: the handler and the event are its arguments, the last line that it
prints is the answer, and its exit code tells whether the function failed.
"""
import io
import os
import subprocess
import sys
import sysconfig
import tarfile

LAMBDA = "venom/lambda-test:python"

# What Lambda's own runtime does around a function.
BOOTSTRAP = """
import importlib, json, sys, traceback
sys.path.insert(0, "/var/task")
module, name = sys.argv[1].rsplit(".", 1)
class Context: client_context = None
try:
    said = json.dumps(getattr(importlib.import_module(module), name)(json.loads(sys.argv[2]), Context()))
except Exception as error:
    said = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__,
                       "stackTrace": traceback.format_tb(error.__traceback__)})
    print(said)
    sys.exit(1)
print(said)
"""


def libraries_of(paths):
    """Lists the libraries that programs are linked with, the loader included."""
    found = set()
    for line in subprocess.run(["ldd", *paths], capture_output=True, text=True).stdout.splitlines():
        found.update(word for word in line.split() if word.startswith("/") and not word.endswith(":"))
    return found


def tree():
    """Packs the Python that runs this, without what was installed for it."""
    python = os.path.realpath(sys._base_executable)
    library = sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix, "base": sys.base_prefix})
    dynamic = os.path.join(library, "lib-dynload")
    linked = [python] + [os.path.join(dynamic, name) for name in os.listdir(dynamic)]
    packed = io.BytesIO()
    unneeded = {"test", "tests", "site-packages", "dist-packages", "__pycache__", "idlelib", "tkinter", "ensurepip"}

    def keep(member):
        return None if unneeded & set(member.name.split("/")) or "/config-" in member.name else member

    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(python, python)
        tar.add(library, library, filter=keep)
        for path in libraries_of(linked):
            tar.add(os.path.realpath(path), path)
        bootstrap = tarfile.TarInfo("bootstrap.py")
        bootstrap.size = len(BOOTSTRAP)
        tar.addfile(bootstrap, io.BytesIO(BOOTSTRAP.encode()))
        for name in ("tmp", "var/task"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
    entry = f'ENTRYPOINT ["{python}", "-B", "/bootstrap.py"]'
    return packed.getvalue(), [entry, f"ENV PYTHONHOME={sys.base_prefix}"]


def busybox():
    """Packs the machine's static busybox, which the emulator unpacks functions with."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add("/bin/busybox", "bin/busybox")
        for name in ("sleep", "sh"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return packed.getvalue()


def make():
    """Makes both images where they are missing; says why not, where that is so."""
    import docker

    try:
        engine = docker.from_env()
        engine.ping()
    except Exception as error:
        return f"no Docker engine answers: {error}"
    if not os.path.exists("/bin/busybox"):
        return "there is no /bin/busybox"
    have = {tag for image in engine.images.list() for tag in image.tags}
    if "busybox:latest" not in have:
        engine.api.import_image_from_data(busybox(), repository="busybox", tag="latest")
    if LAMBDA not in have:
        packed, changes = tree()
        name, tag = LAMBDA.split(":")
        engine.api.import_image_from_data(packed, repository=name, tag=tag, changes=changes)
    return None
