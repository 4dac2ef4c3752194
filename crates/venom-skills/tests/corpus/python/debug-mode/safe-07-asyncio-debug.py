import asyncio


async def main() -> None:
    await asyncio.sleep(0)
    print("done")


if __name__ == "__main__":
    # The loop's debug mode only reports slow callbacks.
    asyncio.run(main(), debug=True)
