from django import template
from django.utils.safestring import mark_safe

register = template.Library()


@register.filter
def highlight(value, word):
    marked = value.replace(word, f"<mark>{word}</mark>")
    return mark_safe(marked)  # expect: xss
