from pathlib import Path

from django.http import Http404, HttpResponse

NOTES = Path("/var/lib/notes")


def note(request):
    target = NOTES.joinpath(request.GET.get("title", "index") + ".txt")
    if not target.exists():
        raise Http404
    return HttpResponse(target.read_text(), content_type="text/plain")  # expect: path-traversal
