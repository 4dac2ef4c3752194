import uuid
from pathlib import Path

from fastapi import FastAPI, UploadFile

app = FastAPI()
STORE = Path("/srv/store")


@app.post("/upload")
async def upload(file: UploadFile):
    target = STORE / f"{uuid.uuid4().hex}.bin"
    target.write_bytes(await file.read())
    return {"id": target.stem, "original": file.filename}
