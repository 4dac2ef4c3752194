import logging
import sys

logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
log = logging.getLogger("worker")
log.setLevel(logging.DEBUG)


def work(item):
    log.debug("item %r, debug=True", item)
    return item
