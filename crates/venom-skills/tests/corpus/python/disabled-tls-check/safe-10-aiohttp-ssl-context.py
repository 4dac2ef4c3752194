import ssl

import aiohttp


async def health(url: str) -> int:
    context = ssl.create_default_context()
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.get(url, ssl=True) as answer:
            return answer.status
