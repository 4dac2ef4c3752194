import shutil
from pathlib import Path

from django.http import JsonResponse
from django.views.decorators.http import require_POST

STORE = Path("/srv/albums")


@require_POST
def move_photo(request):
    album = request.POST["album"]
    photo = request.POST["photo"]
    shutil.copy(STORE / "incoming" / photo, STORE / album)  # expect: path-traversal
    return JsonResponse({"album": album})
