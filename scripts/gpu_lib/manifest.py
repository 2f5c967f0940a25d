# SPDX-License-Identifier: MIT
"""manifest.json of a bundle: which build it holds, and a checksum of each file."""

import hashlib
import json

from . import BadUse, Problem
from .out import dump

MANIFEST = "manifest.json"


def write_manifest(folder, version):
    commit, _, dirty = version["commit"].partition("-")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    manifest = {
        "commit": commit,
        "dirty": bool(dirty),
        "torch": version["torch"],
        "cuda": version["cuda"],
        "compiler": version["compiler"],
        "files": [
            {
                "path": str(path.relative_to(folder)),
                "bytes": path.stat().st_size,
                "sha256": sha256(path),
            }
            for path in files
        ],
    }
    (folder / MANIFEST).write_text(dump(manifest), encoding="utf-8")
    return manifest


def read_manifest(folder):
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadUse(f"{folder} is no bundle of scripts/gpu-bundle ({error})") from error
    if not is_manifest(manifest):
        raise BadUse(f"{folder} is no bundle of scripts/gpu-bundle ({path} lists no files)")
    return manifest


def is_manifest(value):
    return (
        isinstance(value, dict)
        and isinstance(value.get("torch"), str)
        and isinstance(value.get("files"), list)
        and all(
            isinstance(entry, dict)
            and isinstance(entry.get("path"), str)
            and isinstance(entry.get("sha256"), str)
            for entry in value["files"]
        )
    )


def verified_manifest(folder):
    """The manifest of a bundle whose files are all there, byte for byte."""
    manifest = read_manifest(folder)
    for entry in manifest["files"]:
        path = folder / entry["path"]
        if not path.is_file() or sha256(path) != entry["sha256"]:
            raise Problem(
                f"{path} is not the file that the bundle was made with; copy the bundle again"
            )
    return manifest


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
