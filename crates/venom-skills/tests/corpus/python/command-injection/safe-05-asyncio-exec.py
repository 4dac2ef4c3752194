import asyncio


async def transcode(source: str, target: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "ffmpeg", "-i", source, "-codec", "copy", target,
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await process.wait() != 0:
        raise RuntimeError(f"ffmpeg failed on {source}")
