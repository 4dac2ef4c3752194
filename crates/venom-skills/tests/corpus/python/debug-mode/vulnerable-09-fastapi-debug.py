from fastapi import FastAPI

app = FastAPI(title="stock", debug=True)  # expect: debug-mode


@app.get("/items/{item_id}")
async def read_item(item_id: int) -> dict[str, int]:
    return {"item": item_id}
