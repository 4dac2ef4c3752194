from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

app = FastAPI()
MEDIA = Path("media")


@app.get("/media/{name:path}")
async def media(name: str):
    return FileResponse(MEDIA / name)  # expect: path-traversal
