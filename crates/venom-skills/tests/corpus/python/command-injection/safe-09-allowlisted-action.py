import subprocess

from fastapi import FastAPI, HTTPException

app = FastAPI()
ACTIONS = {
    "start": ["systemctl", "start", "worker"],
    "stop": ["systemctl", "stop", "worker"],
}


@app.post("/worker/{action}")
def act(action: str):
    if action not in ACTIONS:
        raise HTTPException(status_code=404)
    return {"code": subprocess.call(ACTIONS[action])}
