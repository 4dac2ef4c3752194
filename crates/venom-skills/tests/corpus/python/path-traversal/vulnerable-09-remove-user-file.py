import os

from fastapi import APIRouter

router = APIRouter()


@router.delete("/avatars/{filename:path}")
def delete_avatar(filename: str) -> dict[str, bool]:
    target = "avatars/%s" % filename
    existed = os.path.exists(target)
    if existed:
        os.remove(target)  # expect: path-traversal
    return {"removed": existed}
