"""Machine code of loops: files of it, checked by sha256, and its way into memory with LLVM.

A file's name holds the loop, and a hash of its source, of numba, LLVM, Python and the processor, so that no code is
ever run that was made for something else.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.machinery
import importlib.util
import json
import logging
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eraser.system.call_types import CallTypes
from eraser.system.paths import cache_dir

log = logging.getLogger(__name__)

_POINTER = ctypes.c_void_p
_SUFFIX = ".loop"
_NO_CODE_OF_THESE = ("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS")
"""Variables of numba that change no machine code; all others do, or may."""
_RUNTIME = "numba.core.runtime._nrt_python"
"""The part of numba, in C, that machine code calls to get memory."""


class UnusableError(Exception):
    """Machine code cannot be made, or loaded, in our way."""


@dataclass(frozen=True, slots=True)
class MachineCode:
    """A compiled loop."""

    symbol: str
    """Its name inside the code."""
    needs: tuple[str, ...]
    """Names of functions outside that it calls."""
    content: bytes
    """An object file, as a linker takes it."""


def read(name: str, fingerprint: str, types: CallTypes) -> MachineCode | None:
    """Machine code that an earlier run has kept; None if there is none, or if the file is damaged."""
    path = _path(name, fingerprint, types)
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data[32:]).digest() != data[:32]:
        log.debug("%s is damaged: compiling again", path)
        return None
    head, _, content = data[32:].partition(b"\n")
    said = json.loads(head)
    return MachineCode(said["symbol"], tuple(said["needs"]), content)


def keep(code: MachineCode, name: str, fingerprint: str, types: CallTypes) -> None:
    """Write machine code for later runs, if that is possible."""
    from eraser.system.files import whole_file

    path = _path(name, fingerprint, types)
    body = json.dumps({"symbol": code.symbol, "needs": code.needs}).encode() + b"\n" + code.content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as temporary:
            temporary.write_bytes(hashlib.sha256(body).digest() + body)
    except OSError as error:  # read-only, or a full disk: compiled again by every process
        log.debug("compiled code is not kept: %s", error)


def is_kept(name: str, fingerprint: str) -> bool:
    """Whether machine code of a loop is there, for any types of arguments."""
    return any(_folder().glob(f"{_stem(name, fingerprint)}-*{_SUFFIX}"))


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A loop in memory."""

    name: str
    engine: Any
    """LLVM's, which owns the memory."""
    function: Callable[..., int]

    def __call__(self, args: tuple[object, ...], flat: list[object]) -> None:
        del args  # only held by the caller: the memory of its arrays is in use
        result, error = _POINTER(), _POINTER()
        if self.function(ctypes.byref(result), ctypes.byref(error), *flat) != 0:
            raise RuntimeError(f"the loop {self.name} failed")


def load(code: MachineCode, types: CallTypes, name: str) -> Callable[[tuple[object, ...], list[object]], None]:
    """Put machine code into memory.

    Returns:
        Called with the arguments and the same flattened; raises RuntimeError if the loop's code raised an error.

    Raises:
        UnusableError: This process lacks something that the code calls.
    """
    import llvmlite.binding as llvm

    _prepare_llvm()
    missing = [need for need in code.needs if not llvm.address_of_symbol(need)]
    if missing:
        raise UnusableError(f"there is no {missing[0]}")
    try:
        machine = llvm.Target.from_default_triple().create_target_machine()
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(code.content))
        engine.finalize_object()
        address = engine.get_function_address(code.symbol)
    except (RuntimeError, ValueError) as error:
        raise UnusableError(str(error)) from error
    if not address:
        raise UnusableError(f"there is no {code.symbol} in its machine code")
    # int f(result, error, arguments...); ctypes frees the interpreter lock during the call.
    function = ctypes.CFUNCTYPE(ctypes.c_int32, _POINTER, _POINTER, *types.passed)(address)
    return _Loaded(name, engine, function)


@cache
def _prepare_llvm() -> None:
    """Make LLVM ready for this processor, and give it the functions of numba's that get memory."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    llvm.create_mcjit_compiler(llvm.parse_assembly(""), llvm.Target.from_default_triple().create_target_machine())
    for name, address in _numba_runtime().c_helpers.items():
        llvm.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)


def _numba_runtime() -> Any:  # noqa: ANN401  numba has no types
    """That module, without the import of all of numba. If numba is imported later, it uses the same one."""
    if _RUNTIME not in sys.modules:
        numba = importlib.util.find_spec("numba")
        folders = (
            []
            if numba is None
            else [str(Path(root, "core", "runtime")) for root in numba.submodule_search_locations or ()]
        )
        spec = importlib.machinery.PathFinder.find_spec("_nrt_python", folders)
        if spec is None or spec.origin is None:
            raise UnusableError("numba has no module _nrt_python")
        loader = importlib.machinery.ExtensionFileLoader(_RUNTIME, spec.origin)
        found = importlib.util.spec_from_file_location(_RUNTIME, spec.origin, loader=loader)
        if found is None:
            raise UnusableError(f"{spec.origin} cannot be loaded")
        module: Any = importlib.util.module_from_spec(found)
        loader.exec_module(module)
        module.memsys_use_cpython_allocator()  # as numba does
        sys.modules[_RUNTIME] = module
    return sys.modules[_RUNTIME]


def _path(name: str, fingerprint: str, types: CallTypes) -> Path:
    return _folder() / f"{_stem(name, fingerprint)}-{_hash(types.key)}{_SUFFIX}"


def _stem(name: str, fingerprint: str) -> str:
    return f"{name}-{_hash(fingerprint + _environment())}"


def _folder() -> Path:
    return Path(os.environ.get("NUMBA_CACHE_DIR") or cache_dir() / "compiled")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def _environment() -> str:
    """All that machine code depends on besides its source."""
    import llvmlite
    import llvmlite.binding as llvm

    try:
        numba = version("numba")
    except PackageNotFoundError:
        numba = ""
    options = [
        f"{k}={v}" for k, v in sorted(os.environ.items()) if k.startswith("NUMBA_") and k not in _NO_CODE_OF_THESE
    ]
    processor = [platform.machine(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()]
    return "\n".join([sys.implementation.cache_tag or "", numba, llvmlite.__version__, *processor, *options])
