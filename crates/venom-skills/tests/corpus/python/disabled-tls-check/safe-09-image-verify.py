from pathlib import Path

from PIL import Image


def broken_images(folder: Path, verify: bool = False) -> list[Path]:
    broken = []
    for path in sorted(folder.glob("*.png")):
        try:
            with Image.open(path) as image:
                image.verify() if verify else image.load()
        except OSError:
            broken.append(path)
    return broken


print(broken_images(Path("pictures"), verify=False))
