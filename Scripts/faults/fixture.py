"""A pipeline of a moment with pictures and weights, made without any library."""

import json
import math
import pathlib
import struct
import zlib

PIPELINE = """\
pipeline: tiny
stages:
  backbone:
    uses: checkpoint
    with:
      model: {vit: {image-size: 8, patch-size: 4, width: 4, depth: 1, heads: 1}}
      path: weights/tiny.safetensors
  data: {uses: dataset, with: {name: image-folder, root: pictures, tasks: 2}}
  model:
    uses: train-shared-pet
    needs: {backbone: backbone, data: data}
    with:
      seed: 1
      pet: {lora: {rank: 1, blocks: [0]}}
      epochs: 1
      batch: {size: 2}
      optimizer: {adam: {lr: 0.01}}
  scores: {uses: evaluate, needs: {model: model}}
"""

SHAPES = {
    "cls_token": [1, 1, 4],
    "pos_embed": [1, 5, 4],
    "patch_embed.proj.weight": [4, 3, 4, 4],
    "patch_embed.proj.bias": [4],
    "norm.weight": [4],
    "norm.bias": [4],
    **{
        "blocks.0." + name: shape
        for name, shape in {
            "norm1.weight": [4], "norm1.bias": [4], "attn.qkv.weight": [12, 4],
            "attn.qkv.bias": [12], "attn.proj.weight": [4, 4], "attn.proj.bias": [4],
            "norm2.weight": [4], "norm2.bias": [4], "mlp.fc1.weight": [16, 4],
            "mlp.fc1.bias": [16], "mlp.fc2.weight": [4, 16], "mlp.fc2.bias": [4],
        }.items()
    },
}


def safetensors():
    header, data = {}, b""
    for name, shape in SHAPES.items():
        start = len(data)
        numbers = [math.sin(start + index) for index in range(math.prod(shape))]
        data += struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, len(data)]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def png(level):
    """A gray picture of 8 × 8 with a gradient."""
    rows = b"".join(
        b"\0" + bytes((level + 3 * column + row) % 256 for column in range(8)) for row in range(8))

    def chunk(kind, content):
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def write(folder):
    """Writes `f.yaml`, `pictures/` and `weights/` into a folder."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    (folder / "f.yaml").write_text(PIPELINE)
    (folder / "weights").mkdir()
    (folder / "weights/tiny.safetensors").write_bytes(safetensors())
    for level, name in enumerate(["ant", "bee", "cow", "dog"]):
        for index, place in enumerate(["train/{}/1", "train/{}/2", "test/{}/3"]):
            path = folder / "pictures" / (place.format(name) + ".png")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(40 * level + 10 * index))
