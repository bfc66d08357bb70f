"""From a loop to machine code, by numba. Imported only where something must be compiled: numba takes half a second."""

from __future__ import annotations

import ctypes
from typing import Any

import llvmlite.binding as llvm
import numba

from eraser.system.call_types import CallTypes
from eraser.system.machine_code import MachineCode, UnusableError

_LLVM_TYPES: dict[type, str] = {
    ctypes.c_void_p: "ptr",
    ctypes.c_int8: "i8",
    ctypes.c_uint8: "i8",
    ctypes.c_int16: "i16",
    ctypes.c_uint16: "i16",
    ctypes.c_int32: "i32",
    ctypes.c_uint32: "i32",
    ctypes.c_int64: "i64",
    ctypes.c_uint64: "i64",
    ctypes.c_float: "float",
    ctypes.c_double: "double",
}


def compile_loop(dispatcher: Any, types: CallTypes, args: tuple[object, ...]) -> MachineCode:  # noqa: ANN401  numba has no types
    """Compile a loop for arguments like these.

    Args:
        dispatcher: numba's object for it.
        types: What machine code is passed.
        args: The arguments, of which only the types count.

    Raises:
        UnusableError: This numba passes arguments in another way, or keeps its machine code to itself.
        numba.core.errors.NumbaError: The function cannot be compiled.
    """
    signature = tuple(numba.typeof(arg) for arg in args)
    dispatcher.compile(signature)
    compiled = dispatcher.overloads[signature]
    try:
        symbol = compiled.fndesc.llvm_func_name
        module = compiled.library._final_module
        content = compiled.library._get_compiled_object()
    except (AttributeError, RuntimeError, ValueError) as error:
        raise UnusableError(f"numba {numba.__version__} does not give its machine code away ({error})") from error
    if compiled.fndesc.restype != numba.types.none:
        raise UnusableError("it returns something")
    function = module.get_function(symbol)
    passed = ["ptr" if "*" in str(part.type) else str(part.type) for part in function.arguments]
    if passed != ["ptr", "ptr", *(_LLVM_TYPES[each] for each in types.passed)]:
        raise UnusableError(f"numba {numba.__version__} passes arguments in another way")
    outside = [each.name for each in (*module.functions, *module.global_variables) if each.is_declaration]
    needs = tuple(name for name in outside if not name.startswith("llvm."))
    missing = [name for name in needs if not llvm.address_of_symbol(name)]
    if missing:
        raise UnusableError(f"its machine code calls {missing[0]}")
    return MachineCode(symbol, needs, bytes(content))
