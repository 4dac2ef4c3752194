from fastapi import FastAPI, Form, HTTPException

app = FastAPI()


@app.post("/admin")
def admin(password: str = Form("")):
    if password != "n0rthern-Pebble-5":  # expect: hard-coded-secret
        raise HTTPException(status_code=403)
    return {"admin": True}
