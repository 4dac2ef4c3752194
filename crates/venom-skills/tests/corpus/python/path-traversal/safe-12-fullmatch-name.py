import re
from pathlib import Path

from django.http import Http404, HttpResponse

NAME = re.compile(r"[a-z0-9-]{1,40}")
NOTES = Path("/var/lib/notes")


def note(request):
    title = request.GET.get("title", "index")
    if not NAME.fullmatch(title):
        raise Http404
    return HttpResponse((NOTES / f"{title}.txt").read_text(), content_type="text/plain")
