import random

from fastapi import APIRouter

router = APIRouter()
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@router.post("/invites")
async def invite(email: str) -> dict[str, str]:
    invite_code = "".join(random.sample(LETTERS, 10))  # expect: insecure-random
    return {"email": email, "secret": invite_code}
