import asyncio
import sys

from aiohttp import ClientSession, ClientTimeout


async def main(url: str) -> None:
    async with ClientSession(timeout=ClientTimeout(total=15)) as session:
        async with session.get(url, ssl=False) as answer:  # expect: disabled-tls-check
            print(answer.status, await answer.text())


asyncio.run(main(sys.argv[1]))
