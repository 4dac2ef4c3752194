from django.http import HttpResponse


def avatar(request):
    size = request.GET.get("size", "64")
    alt = request.GET.get("alt", "")
    tag = "<img src=/static/avatar.png width=%s alt=%s>" % (size, alt)
    return HttpResponse(tag)  # expect: xss
