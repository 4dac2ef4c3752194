from django.http import HttpResponse
from django.utils.html import escape, format_html


def signed(request):
    visitor = request.POST.get("visitor", "")
    if request.GET.get("short"):
        return HttpResponse("<p>" + escape(visitor) + "</p>")
    return HttpResponse(format_html("<p>{} signed the book</p>", visitor))
