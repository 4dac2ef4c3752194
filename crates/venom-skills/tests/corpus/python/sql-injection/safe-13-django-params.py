from django.db import connection
from django.http import JsonResponse


def totals(request, year):
    region = request.GET.get("region", "north")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month, SUM(amount) FROM sales WHERE region = %s AND year = %s GROUP BY month",
            [region, year],
        )
        return JsonResponse({"months": cursor.fetchall()})
