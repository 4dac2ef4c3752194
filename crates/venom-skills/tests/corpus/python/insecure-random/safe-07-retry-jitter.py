import asyncio
import random


async def with_retries(operation, attempts=5):
    for attempt in range(attempts):
        try:
            return await operation()
        except ConnectionError:
            await asyncio.sleep(2**attempt + random.uniform(0, 1))
    raise ConnectionError(f"gave up after {attempts} attempts")
