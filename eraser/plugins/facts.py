"""What can be read off a plugin's file without running any of it."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_ANYTHING = "*"
"""What ``from module import *`` may define."""


@dataclass(frozen=True, slots=True)
class StaticInfo:
    """What a plugin's file says about itself."""

    summary: str = ""
    """First line of its docstring, without the marks around code."""
    licence: str = ""
    """The constant LICENCE."""
    weights: tuple[str, ...] = ()
    """The constant WEIGHTS: names in the manifest of weights, or files in the person's weights folder."""
    needs_interface: int = 1
    """The constant NEEDS_INTERFACE."""
    defines: frozenset[str] = frozenset()
    """Names that the file defines at its top level."""
    problem: str = ""
    """Why it cannot be read; empty when it can."""

    def may_define(self, name: str) -> bool:
        """Whether the file can hold ``name``; True if the file cannot be read."""
        return bool(self.problem) or name in self.defines or _ANYTHING in self.defines


def read_facts(file: Path) -> StaticInfo:
    """Parse a Python file. Nothing is raised: what cannot be read is told in ``problem``."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of its style; every run reads every file
            tree = ast.parse(file.read_bytes(), filename=str(file))
    except SyntaxError as error:
        return StaticInfo(problem=f"SyntaxError: {error.msg} in line {error.lineno}")
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        return StaticInfo(problem=" ".join(f"{type(error).__name__}: {error}".split()))
    constants = dict(_constants(tree.body))
    docstring = (ast.get_docstring(tree) or "").strip()
    weights, version = constants.get("WEIGHTS", ()), constants.get("NEEDS_INTERFACE", 1)
    names = (weights,) if isinstance(weights, str) else weights if isinstance(weights, (tuple, list)) else ()
    return StaticInfo(
        summary=" ".join(docstring.splitlines()[0].replace("``", "").split()) if docstring else "",
        licence=" ".join(str(constants.get("LICENCE", constants.get("LICENSE", ""))).split()),
        weights=tuple(str(name) for name in names),
        needs_interface=version if isinstance(version, int) else 1,
        defines=frozenset(_names(tree.body)),
    )


def _constants(body: Sequence[ast.stmt]) -> Iterator[tuple[str, object]]:
    """Top-level ``NAME = literal``."""
    for statement in body:
        targets: Iterable[ast.expr]
        if isinstance(statement, ast.Assign):
            targets, value = statement.targets, statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            targets, value = (statement.target,), statement.value
        else:
            continue
        try:
            literal = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                yield target.id, literal


def _names(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Names that the statements bind, also in branches: ``try: import torch`` around a factory is common."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield statement.name
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name) for alias in statement.names)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))
        else:
            for block in ("body", "orelse", "finalbody"):
                yield from _names(getattr(statement, block, ()))
            for handler in getattr(statement, "handlers", ()):
                yield from _names(handler.body)
