from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI()
THEMES = {"light": "#ffffff", "dark": "#222222"}


@app.get("/swatch")
async def swatch(theme: str = "light"):
    colour = THEMES.get(theme, THEMES["light"])
    return HTMLResponse(f"<div style='background: {colour}'>sample</div>")
