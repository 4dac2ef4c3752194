from django.contrib.auth.models import User
from django.shortcuts import render
from django.views.decorators.http import require_GET


@require_GET
def people(request):
    needle = request.GET.get("q", "")
    found = User.objects.raw(f"SELECT * FROM auth_user WHERE username = '{needle}'")  # expect: sql-injection
    return render(request, "people.html", {"found": found, "needle": needle})
