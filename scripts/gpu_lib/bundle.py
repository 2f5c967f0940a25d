# SPDX-License-Identifier: MIT
"""Makes the folder that scripts/gpu runs from where nothing can be built or installed: programs,
the libraries that a bare machine with Python torch lacks, scripts/gpu, and a manifest."""

import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

from . import ROOT, BadUse, Problem, programs
from .interruption import INTERRUPTED, as_ctrl_c
from .manifest import MANIFEST, read_manifest, write_manifest
from .stages import programs as program_names
from .streams import complain, say

MOST_BYTES = 50 * 10**6
# Every machine that runs torch has these; glibc's parts only fit each other.
SYSTEM = re.compile(
    r"(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv|mvec|gomp|cuda|nvidia-ml))\.so.*"
)
# The machine's own where it is new enough: torch's libraries are linked with it, too.
RUNTIME = re.compile(r"lib(stdc\+\+|gcc_s)\.so.*")


USAGE = """usage: scripts/gpu-bundle DIR
Makes DIR, for scripts/gpu --bundle DIR OUT on a machine where nothing can be built
(docs/guides/gpu.md)"""


def make(folder):
    """Builds, and makes the bundle beside `folder` first: half a bundle never lies there."""
    refuse_foreign(folder)
    names = program_names()
    build = programs.built(names)
    version = json.loads(checked([build.path("cusched"), "version", "--json"]))
    if not version["cuda"]:
        raise Problem(f"{build.folder} was configured without CUDA; remove it and call again")
    with beside(folder) as new:
        manifest = assemble(new, [build.path(name) for name in names], version)
        with tempfile.TemporaryDirectory(prefix="cusched-gpu-") as unpacked:
            programs.in_bundle(new, names, unpacked)  # finds the libraries without the build folder
    return manifest


@contextlib.contextmanager
def beside(folder):
    """A path for a new bundle, which takes the place of `folder` at the end."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=folder.name + ".", dir=folder.parent) as temporary:
        new = pathlib.Path(temporary) / "new"
        yield new
        refuse_foreign(folder)
        if folder.exists():
            folder.rename(new.with_name("old"))
        new.rename(folder)


def refuse_foreign(folder):
    """Only a bundle is replaced, and only where nothing else lies in it."""
    if not folder.exists():
        above = next(parent for parent in folder.parents if parent.exists())
        if not above.is_dir():
            raise BadUse(f"{folder} cannot be made: {above} is no folder")
        return
    if not folder.is_dir():
        raise BadUse(f"{folder} is no folder")
    files = {path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}
    if files:
        manifest = read_manifest(folder)
        ours = {folder / entry["path"] for entry in manifest["files"]}
        # Python leaves these where the bundle was used.
        cached = {path for path in files if path.parent.name == "__pycache__"}
        foreign = sorted(files - ours - cached - {folder / MANIFEST})
        if foreign:
            raise BadUse(f"{folder} holds something else than a bundle: {foreign[0]}")


def assemble(folder, files, version):
    """Copies the programs and what they need into a new folder. Returns its manifest."""
    for name in ("bin", "lib", "fallback", "scripts"):
        (folder / name).mkdir(parents=True)
    for file in files:
        stripped = folder / "bin" / file.name
        checked(["strip", "-o", stripped, file])
        programs.pack(stripped)
    for library in libraries(files):
        kind = "fallback" if RUNTIME.fullmatch(library.name) else "lib"
        shutil.copyfile(library, folder / kind / library.name)  # follows links, as cp -L
    shutil.copy(ROOT / "scripts" / "gpu", folder / "scripts" / "gpu")
    shutil.copytree(
        ROOT / "scripts" / "gpu_lib",
        folder / "scripts" / "gpu_lib",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    manifest = write_manifest(folder, version)
    if total(manifest) > MOST_BYTES:
        sizes = "\n".join(
            f"{entry['bytes'] / 1e6:8.2f} MB  {entry['path']}" for entry in manifest["files"]
        )
        raise Problem(
            f"{folder} has {total(manifest) / 1e6:.1f} MB, more than "
            f"{MOST_BYTES / 1e6:.0f} MB:\n{sizes}"
        )
    return manifest


def total(manifest):
    return sum(entry["bytes"] for entry in manifest["files"])


def libraries(files):
    """Paths of the libraries that the files load and a machine with torch may lack."""
    torch, _ = programs.find_torch()
    found = {}
    for file in files:
        for name, path in re.findall(r"^\s*(\S+) => (\S+) \(", checked(["ldd", file]), re.M):
            library = pathlib.Path(path).resolve()
            of_wheel = torch is not None and torch.parent.resolve() in library.parents
            if not of_wheel and not SYSTEM.fullmatch(name):
                found[name] = pathlib.Path(path).parent / name
    return [found[name] for name in sorted(found)]


def checked(argv):
    result = subprocess.run(argv, capture_output=True, text=True)
    if result.returncode != 0:
        raise Problem(f"failed: {' '.join(map(str, argv))}\n{result.stderr.strip()}")
    return result.stdout


def main(words):
    if words in (["-h"], ["--help"]):
        say(USAGE)
        return 0
    as_ctrl_c()
    try:
        if len(words) != 1 or words[0].startswith("-"):
            raise BadUse(USAGE)
        folder = pathlib.Path(words[0]).resolve()
        manifest = make(folder)
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except OSError as error:
        complain(f"scripts/gpu-bundle: {error}")
        return 1
    except (Problem, BadUse) as problem:
        complain(f"scripts/gpu-bundle: {problem}")
        return 2 if isinstance(problem, BadUse) else 1
    for entry in manifest["files"]:
        say(f"{entry['bytes'] / 1e6:8.2f} MB  {entry['path']}")
    say(
        f"{total(manifest) / 1e6:8.2f} MB  in {folder}, commit {manifest['commit']}"
        + (" with local changes: its figures are not collected" if manifest["dirty"] else "")
    )
    return 0
