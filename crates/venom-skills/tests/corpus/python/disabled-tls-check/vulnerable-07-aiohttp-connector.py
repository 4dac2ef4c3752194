import aiohttp


async def health(urls):
    connector = aiohttp.TCPConnector(limit=20, ssl=False)  # expect: disabled-tls-check
    async with aiohttp.ClientSession(connector=connector) as session:
        results = {}
        for url in urls:
            async with session.get(url) as answer:
                results[url] = answer.status
        return results
