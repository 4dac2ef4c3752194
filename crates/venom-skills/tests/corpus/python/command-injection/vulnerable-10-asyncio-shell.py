import asyncio


async def transcode(source: str, target: str) -> int:
    process = await asyncio.create_subprocess_shell(  # expect: command-injection
        f"ffmpeg -i {source} -codec copy {target}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(errors.decode(errors="replace"))
    return process.returncode
