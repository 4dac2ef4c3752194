import bleach
from django.utils.safestring import mark_safe

ALLOWED_TAGS = ["b", "i", "em", "strong", "a"]


def comment_body(text: str) -> str:
    cleaned = bleach.clean(text, tags=ALLOWED_TAGS, attributes={"a": ["href"]}, strip=True)
    return mark_safe(cleaned)


def separator() -> str:
    return mark_safe("<hr class='thin'>")
