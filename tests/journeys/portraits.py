"""Generated portraits: a head with hair, eyes and some grain in front of a wall, with one thing wrong if asked."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SKIN, HAIR, SHIRT = (186, 136, 104), (52, 38, 30), (40, 84, 140)


def portrait(
    width: int = 900,
    height: int = 900,
    *,
    head: float = 0.58,  # from hair to chin, as a share of the height
    crown: float = 0.14,
    wall: tuple[int, int, int] = (236, 236, 234),
    skin: tuple[int, int, int] = SKIN,
    blur: float = 0,
    light: float = 1,  # 0.3: dark
    side: float = 0,  # how much darker the right half of the face is
    shade: float = 0,  # how much darker the right end of the wall is
    pattern: bool = False,
) -> Image.Image:
    image = Image.new("RGB", (width, height), wall)
    draw = ImageDraw.Draw(image)
    if pattern:
        for x in range(0, width, width // 14):
            draw.rectangle((x, 0, x + width // 28, height), fill=(200, 90, 40))
    tall, middle, top = head * height, width / 2, crown * height
    half = tall * 0.36
    chin = top + tall
    draw.ellipse((middle - half * 2.1, chin + tall * 0.12, middle + half * 2.1, chin + tall * 1.6), fill=SHIRT)
    draw.rectangle((middle - half * 0.5, chin - tall * 0.2, middle + half * 0.5, chin + tall * 0.25), fill=skin)
    draw.ellipse((middle - half, top, middle + half, chin), fill=HAIR)
    draw.ellipse((middle - half * 0.86, top + tall * 0.2, middle + half * 0.86, chin), fill=skin)
    eye = tall * 0.035
    for x in (middle - half * 0.4, middle + half * 0.4):
        y = top + tall * 0.5
        draw.ellipse((x - 2 * eye, y - eye, x + 2 * eye, y + eye), fill=(250, 250, 250))
        draw.ellipse((x - eye, y - eye, x + eye, y + eye), fill=(40, 26, 18))
        draw.line((x - 2 * eye, y - 2.4 * eye, x + 2 * eye, y - 2.6 * eye), fill=HAIR, width=max(2, int(eye * 0.7)))
    draw.line(
        (middle - half * 0.3, top + tall * 0.8, middle + half * 0.3, top + tall * 0.8), fill=(120, 60, 56), width=6
    )
    return _lit(image, wall, blur, light, side, shade)


def _lit(
    image: Image.Image, wall: tuple[int, int, int], blur: float, light: float, side: float, shade: float
) -> Image.Image:
    pixels = np.asarray(image).astype(float)
    height, width, _ = pixels.shape
    grain = np.random.default_rng(7).normal(0, 2.5, (height // 2 + 1, width // 2 + 1)).repeat(2, 0).repeat(2, 1)
    columns = np.linspace(0, 1, width)
    is_person = (np.asarray(image) != np.array(wall)).any(axis=2)
    darker = 1 - side * ((columns > 0.5)[None, :] & is_person)
    pixels = (pixels * darker[..., None] * (1 - shade * columns)[None, :, None] + grain[:height, :width, None]) * light
    found = Image.fromarray(pixels.clip(0, 255).astype("uint8"))
    return found.filter(ImageFilter.GaussianBlur(blur)) if blur else found


def jpeg(image: Image.Image, quality: int = 82) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def film(image: Image.Image, path: Path, frames: int = 3) -> Path:
    """A Motion JPEG film of one picture, which Chromium uses as its camera."""
    path.write_bytes(jpeg(image, 95) * frames)
    return path
