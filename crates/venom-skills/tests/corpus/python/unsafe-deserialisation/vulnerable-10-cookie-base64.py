import base64
import pickle as pkl

from django.http import HttpResponse


def cart(request):
    raw = request.COOKIES.get("cart", "")
    items = pkl.loads(base64.urlsafe_b64decode(raw)) if raw else []  # expect: unsafe-deserialisation
    return HttpResponse(str(len(items)), content_type="text/plain")
