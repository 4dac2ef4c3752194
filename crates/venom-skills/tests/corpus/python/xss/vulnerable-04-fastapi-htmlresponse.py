from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse

app = FastAPI(title="status")


@app.get("/echo", response_class=HTMLResponse)
async def echo(text: str = Query("nothing", max_length=200)) -> HTMLResponse:
    return HTMLResponse(  # expect: xss
        content=f"<html><body><pre>{text}</pre></body></html>",
        status_code=200,
    )
