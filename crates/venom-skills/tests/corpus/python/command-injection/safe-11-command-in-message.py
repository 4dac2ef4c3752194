import logging
import shutil

log = logging.getLogger(__name__)


def advise(path):
    if shutil.which("ffmpeg") is None:
        log.error(f"os.system('ffmpeg -i {path}') would fail, install ffmpeg first")
        return "try: sudo apt install ffmpeg && ffmpeg -i %s" % path
    return "subprocess.run(cmd, shell=True) is not needed"
