import httpx


async def export(month: str) -> bytes:
    async with httpx.AsyncClient(base_url="https://export.example.org") as client:
        answer = await client.get(f"/{month}.csv", auth=("exporter", "Ziegel-Lampe-318"))  # expect: hard-coded-secret
        answer.raise_for_status()
        return answer.content
