"""Views of the guest book."""
from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def signed(request: HttpRequest) -> HttpResponse:
    visitor = request.POST.get("visitor", "")
    message = request.POST.get("message", "")
    return HttpResponse("<p>{} wrote:</p><blockquote>{}</blockquote>".format(visitor, message))  # expect: xss
