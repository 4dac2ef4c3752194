from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_", secrets_dir="/run/secrets")

    database_password: SecretStr
    api_token: SecretStr = Field(default=SecretStr(""), description="Token of the shop API")
    token_lifetime: int = 3600
