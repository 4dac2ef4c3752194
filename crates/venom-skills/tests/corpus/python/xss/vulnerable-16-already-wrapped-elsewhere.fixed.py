import html

from django.http import HttpResponse


def compare(request):
    left = html.escape(request.GET.get("left", ""))
    right = request.GET.get("right", "")
    return HttpResponse(f"<td>{left}</td><td>{html.escape(right)}</td>")  # expect: xss
