"""Picture preprocessing, exactly as preprocessor_config.json tells every other program to do it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

# EfficientNet-lite was trained on (value - 127) / 128; the Hugging Face fields apply to values scaled to 0 … 1.
MEAN = 127 / 255
STD = 128 / 255
SIZE = 224
RESAMPLE = Image.Resampling.BICUBIC


def open_rgb(path: Path) -> Image.Image:
    """The first frame, upright, on white where it is transparent."""
    with Image.open(path) as picture:
        picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith("I;16"):
            picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
        if "A" in picture.getbands() or "transparency" in picture.info:
            picture = picture.convert("RGBA")
            ground = Image.new("RGBA", picture.size, "white")
            return Image.alpha_composite(ground, picture).convert("RGB")
        return picture.convert("RGB")


def resize(picture: Image.Image, size: int) -> Image.Image:
    """Squeezes the whole picture into a square: a product's edges matter more than its exact proportions."""
    return picture.resize((size, size), RESAMPLE)


def normalise(picture: Image.Image) -> np.ndarray:
    """float32 [3, height, width]."""
    pixels = np.asarray(picture, np.float32) * np.float32(1 / 255)
    return ((pixels - np.float32(MEAN)) / np.float32(STD)).transpose(2, 0, 1)


def config(size: int = SIZE) -> dict:
    """The fields of preprocessor_config.json."""
    return {
        "image_processor_type": "EfficientNetImageProcessor",
        "do_resize": True,
        "size": {"height": size, "width": size},
        "resample": int(RESAMPLE),
        "do_center_crop": False,
        "crop_size": {"height": size, "width": size},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [MEAN] * 3,
        "image_std": [STD] * 3,
        "do_convert_rgb": True,
    }
