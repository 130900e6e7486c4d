"""The source pictures of the preprocessing references: drawn by code, stored in every format a shop might upload."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

SEED = 5


def scene(width: int, height: int, seed: int) -> Image.Image:
    """A soft gradient with a few hard shapes and a little noise: enough edges to tell resamplers apart."""
    chance = np.random.default_rng(SEED + seed)
    y, x = np.mgrid[0:height, 0:width]
    phase = chance.uniform(0, 6, 3)
    base = [127 + 90 * np.sin(x / width * (2 + i) + y / height * (3 - i) + phase[i]) for i in range(3)]
    picture = Image.fromarray(np.clip(np.stack(base, -1), 0, 255).astype(np.uint8), "RGB")
    pen = ImageDraw.Draw(picture)
    for _ in range(5):
        colour = tuple(int(v) for v in chance.integers(0, 256, 3))
        left, top = chance.uniform(0, 0.7, 2) * (width, height)
        right, bottom = left + width * chance.uniform(0.1, 0.4), top + height * chance.uniform(0.1, 0.4)
        (pen.ellipse if chance.random() < 0.5 else pen.rectangle)((left, top, right, bottom), fill=colour)
    for step in range(0, min(width, height) // 3, 4):
        pen.line((step, height - 1, width // 3, height - 1 - step), fill="white")
    noise = chance.normal(0, 5, (height, width, 1))
    return Image.fromarray(np.clip(np.asarray(picture, np.float32) + noise, 0, 255).astype(np.uint8), "RGB")


def with_alpha(picture: Image.Image) -> Image.Image:
    """Transparent outside a soft disc."""
    width, height = picture.size
    y, x = np.mgrid[0:height, 0:width]
    distance = np.hypot((x - width / 2) / width, (y - height / 2) / height)
    alpha = np.clip((0.5 - distance) * 1000, 0, 255).astype(np.uint8)
    result = picture.convert("RGBA")
    result.putalpha(Image.fromarray(alpha, "L"))
    return result


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def write(folder: Path) -> list[Path]:
    """Writes all pictures and returns their paths in a fixed order."""
    folder.mkdir(parents=True, exist_ok=True)

    def save(name: str, picture: Image.Image, **options) -> None:
        picture.save(folder / name, **options)

    save("baseline.jpg", scene(220, 160, 1), quality=85)
    save("progressive.jpg", scene(150, 230, 2), quality=85, progressive=True)
    save("full-chroma.jpg", scene(200, 120, 3), quality=92, subsampling=0)
    save("gray.jpg", scene(180, 180, 4).convert("L"), quality=85)
    save("cmyk.jpg", scene(160, 120, 5).convert("CMYK"), quality=85)
    for orientation in (2, 3, 6, 8):
        save(f"orientation-{orientation}.jpg", scene(190, 110, 6), quality=85, exif=exif(orientation))
    save("large.jpg", scene(900, 500, 7).resize((900, 500)), quality=40)
    save("rgb.png", scene(110, 70, 8))
    save("rgba.png", with_alpha(scene(80, 90, 9)))
    save("palette.png", scene(120, 100, 10).quantize(32))
    save("palette-transparent.png", scene(90, 90, 11).quantize(16), transparency=3)
    save("gray-alpha.png", with_alpha(scene(100, 80, 12)).convert("LA"))
    save("bilevel.png", scene(120, 90, 13).convert("1"))
    deep = np.asarray(scene(90, 70, 14).convert("L"), np.uint16) * 257
    save("gray-16.png", Image.fromarray(deep))
    save("lossy.webp", scene(200, 260, 15), quality=75)
    save("lossless.webp", scene(80, 60, 16), lossless=True)
    save("alpha.webp", with_alpha(scene(120, 120, 17)), quality=75)
    frames = [scene(100, 80, 18 + i).quantize(32) for i in range(3)]
    save("animated.gif", frames[0], save_all=True, append_images=frames[1:], duration=100, loop=0)
    save("tiny.png", Image.new("RGB", (1, 1), (200, 30, 90)))
    save("row.png", scene(60, 1, 21))
    save("strip.jpg", scene(12, 240, 22), quality=85)
    return sorted(folder.iterdir())
