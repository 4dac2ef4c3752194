from fastapi import FastAPI
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    debug: bool = False
    name: str = "stock"


settings = Settings()
app = FastAPI(title=settings.name, debug=settings.debug)
