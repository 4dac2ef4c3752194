import ssl

import httpx


async def fetch(url: str) -> str:
    context = ssl.create_default_context(cafile="/etc/ssl/company.pem")
    async with httpx.AsyncClient(verify=context, timeout=10) as client:
        return (await client.get(url)).text
