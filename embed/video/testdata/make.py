"""Makes the animated WebP files of the tests with Pillow (libwebp), and their frames as Pillow reads them.

    python make.py
"""

from pathlib import Path

from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parent


def scenes() -> None:
    """Red, green and blue for 1, 2 and 5 seconds, five frames a second that libwebp puts together again."""
    frames = [Image.new("RGB", (160, 80), colour) for colour, n in (("red", 5), ("lime", 10), ("blue", 25)) for _ in range(n)]
    for i, frame in enumerate(frames):
        frame.putpixel((i, 0), (255, 255, 255))
    frames[0].save(HERE / "scenes.webp", save_all=True, append_images=frames[1:], duration=200, lossless=True)


def moving(name: str, **options) -> None:
    """A disc and a square that move over nothing: small frames that are laid over each other, and cleared."""
    frames = []
    for i in range(8):
        frame = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
        draw = ImageDraw.Draw(frame)
        draw.ellipse((6 * i, 4, 6 * i + 18, 22), fill=(250, 60, 20, 255))
        draw.rectangle((50 - 5 * i, 26, 60 - 5 * i, 40), fill=(20, 80, 240, 140))
        frames.append(frame)
    frames[0].save(HERE / f"{name}.webp", save_all=True, append_images=frames[1:], duration=100, **options)
    with Image.open(HERE / f"{name}.webp") as read:
        sheet = Image.new("RGBA", (64, 48 * read.n_frames))
        for i in range(read.n_frames):
            read.seek(i)
            sheet.paste(read.convert("RGBA"), (0, 48 * i))
        sheet.save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    scenes()
    moving("lossless", lossless=True)
    moving("lossy", lossless=False, quality=90, kmin=0, kmax=100)
    still = Image.new("RGB", (8, 8), "red")
    still.save(HERE / "still.webp", lossless=True)
