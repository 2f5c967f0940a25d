# SPDX-License-Identifier: MIT
"""Where the programs come from: a folder, a bundle or a build here. Also how they find torch."""

import contextlib
import gzip
import importlib.util
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import zlib
from dataclasses import dataclass, field
from typing import Dict

from . import ROOT, BadUse, Problem
from .manifest import MANIFEST, verified_manifest

# Of the machine that runs a bundle, never in it: LibTorch, and what the wheel brings for CUDA.
WHEEL_FOLDERS = ("torch/lib", "nvidia/cu13/lib")


@dataclass(frozen=True)
class Programs:
    folder: pathlib.Path
    suffix: str = ""  # "_emulated" in a rehearsal
    environment: Dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def path(self, name):
        return self.folder / (name + self.suffix)


def in_folder(folder, names, suffix):
    programs = Programs(folder.resolve(), suffix)
    absent = [programs.path(name).name for name in names if not programs.path(name).is_file()]
    if absent:
        raise BadUse(f"{folder} does not hold {', '.join(absent)}")
    return programs


def built(names, suffix=""):
    """Builds them in this checkout, by the same function as scripts/test does."""
    if not (ROOT / "CMakeLists.txt").exists():
        raise BadUse(
            f"{ROOT} is neither a checkout nor a bundle (it has no {MANIFEST}); give --bundle DIR"
        )
    if not shell("find_nvcc", stdout=subprocess.PIPE).stdout.strip():
        raise Problem(
            "no nvcc of CUDA 13 or newer was found, and without it there is no GPU code; set "
            "CUDACXX, or run scripts/setup"
        )
    targets = [name + suffix for name in names]
    if shell('CUSCHED_CUDA=ON; build release "$@"', *targets).returncode != 0:
        raise Problem("the programs could not be built (see above)")
    return in_folder(ROOT / "build" / "release", names, suffix)


def shell(script, *arguments, **options):
    argv = ["bash", "-c", ". scripts/common.sh; " + script, "bash", *arguments]
    # A session of its own, so that an interrupted build ends with all its compilers.
    process = subprocess.Popen(argv, cwd=ROOT, start_new_session=True, **options)
    try:
        output = process.communicate()[0]
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise
    return subprocess.CompletedProcess(argv, process.returncode, output)


def pack(program):
    """Puts PROGRAM.gz in the place of a program: a third of its size."""
    with open(program, "rb") as plain, gzip.open(packed(program), "wb") as out:
        shutil.copyfileobj(plain, out)
    program.unlink()


def packed(program):
    return program.with_name(program.name + ".gz")


def unpack(program, folder):
    """Puts a program that was packed into a folder."""
    try:
        with gzip.open(packed(program)) as plain, open(folder / program.name, "wb") as out:
            shutil.copyfileobj(plain, out)
    except (FileNotFoundError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Problem(f"{packed(program)} is damaged ({error}); copy the bundle again") from error
    (folder / program.name).chmod(0o755)


def in_bundle(folder, names, unpacked):
    """The programs of scripts/gpu-bundle, which are unpacked into the empty folder `unpacked`.
    Where they cannot start, Problem says what is missing."""
    manifest = verified_manifest(folder)
    torch, version = find_torch()
    if version != manifest["torch"]:
        raise Problem(
            f"the bundle was built for torch {manifest['torch']}, and here is "
            + (f"torch {version} ({torch})" if torch else f"none for {sys.executable}")
        )
    for name in names:
        unpack(folder / "bin" / name, pathlib.Path(unpacked))
    base = [str(torch.parent / name) for name in WHEEL_FOLDERS] + [str(folder.resolve() / "lib")]
    fallback = [*base, str(folder.resolve() / "fallback")]  # a newer libstdc++ than the machine's
    for folders in (base, fallback):
        programs = Programs(pathlib.Path(unpacked), environment=with_libraries(folders))
        missing = {line for name in names for line in missing_libraries(programs, name)}
        if not missing:
            return programs
    raise Problem("the bundle does not start here; missing:\n  " + "\n  ".join(sorted(missing)))


def find_torch():
    """(folder, "2.11") of the torch of this Python, else of scripts/setup's; (None, "") without.
    Not imported: that takes seconds."""
    spec = importlib.util.find_spec("torch")
    candidates = list(spec.submodule_search_locations) if spec else []
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    venv = pathlib.Path(os.environ.get("CUSCHED_VENV") or cache / "cusched" / "venv")
    candidates += sorted(venv.glob("lib/python3*/site-packages/torch"))
    for candidate in map(pathlib.Path, candidates):
        if (candidate / "version.py").exists() and (candidate / "lib").is_dir():
            text = (candidate / "version.py").read_text(encoding="utf-8", errors="replace")
            version = re.search(r"__version__\s*=\s*'(\d+\.\d+)", text)
            return candidate, version.group(1) if version else "unknown"
    return None, ""


def with_libraries(folders):
    """An environment with the folders before LD_LIBRARY_PATH, where a driver may be named."""
    before = os.environ.get("LD_LIBRARY_PATH")
    return {**os.environ, "LD_LIBRARY_PATH": ":".join([*folders, *([before] if before else [])])}


def missing_libraries(programs, name):
    """Lines that say what the loader does not find: libraries, or versions of them."""
    traced = {**programs.environment, "LD_TRACE_LOADED_OBJECTS": "1"}  # what ldd does
    try:
        result = subprocess.run([programs.path(name)], env=traced, capture_output=True, text=True)
    except OSError as error:
        return [f"{name}: {error.strerror}"]
    lines = (result.stdout + result.stderr).splitlines()
    return sorted({re.sub(r"^\S+: /", "/", line.strip()) for line in lines if "not found" in line})
