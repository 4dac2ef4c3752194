import yaml
from fastapi import FastAPI, Request

app = FastAPI()


@app.post("/manifests")
async def manifests(request: Request):
    body = await request.body()
    kinds = [doc["kind"] for doc in yaml.load_all(body, Loader=yaml.Loader)]  # expect: unsafe-deserialisation
    return {"kinds": kinds}
