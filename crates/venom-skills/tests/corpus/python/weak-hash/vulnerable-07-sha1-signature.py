import hashlib

from fastapi import FastAPI, Header, HTTPException, Request

app = FastAPI()
KEY_FILE = "/run/keys/webhook"


@app.post("/webhook")
async def webhook(request: Request, x_signature: str = Header("")):
    body = await request.body()
    with open(KEY_FILE, "rb") as handle:
        expected = hashlib.sha1(handle.read() + body).hexdigest()  # expect: weak-hash
    if expected != x_signature:
        raise HTTPException(status_code=401)
    return {"ok": True}
