"""Which parameters a notebook takes, and whether the given ones fit, before any kernel starts."""

from __future__ import annotations

import ast
import io
import json
import math
import re
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Any, cast

from tne.runs.outcome import UsageError

KINDS = ("str", "int", "float", "bool", "list", "dict")
# Parameters stay in the metadata of an executed notebook, so a secret has no place there.
_SECRET = re.compile(r"password|passwd|secret|token|api_?key|credential", re.IGNORECASE)
_IN_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/@]+@", re.IGNORECASE)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Parameters
    ----------
    name : str
        Name of the variable.
    kind : str
        ``"str" "int" "float" "bool" "list" "dict"``, or ``"any"`` where neither annotation nor default tells.
    optional : bool
        Whether ``None`` is allowed.
    required : bool
        Whether the notebook gives no default.
    default : object
        The literal in the notebook.
    help : str
        The trailing comment.
    """

    name: str
    kind: str
    optional: bool
    required: bool
    default: Any
    help: str


def source(cell: Mapping[str, Any]) -> str:
    """Return the source of a notebook cell as one string."""
    text = cell.get("source", "")
    return text if isinstance(text, str) else "".join(text)


def inspect(notebook: Mapping[str, Any], name: str) -> tuple[Parameter, ...]:
    """Read the typed parameters from the cell tagged ``parameters``.

    Parameters
    ----------
    notebook : mapping
        The notebook as JSON.
    name : str
        How messages call it.

    Raises
    ------
    UsageError
        If there is no such cell, or if it holds anything but literals.
    """
    tagged = [c for c in notebook.get("cells", []) if "parameters" in c.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise UsageError(f"Notebook {name} has {len(tagged)} cells tagged `parameters`. Give it exactly one.")
    text = source(tagged[0])
    try:
        statements = ast.parse(text).body
    except SyntaxError as error:
        raise UsageError(
            f"The parameters cell of {name} is no Python (line {error.lineno}). Correct it."
        ) from None
    comments = _comments(text)
    found = []
    for statement in statements:
        target = (
            statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        )
        if not isinstance(statement, ast.Assign | ast.AnnAssign) or not isinstance(target, ast.Name):
            raise UsageError(
                f"Line {statement.lineno} of the parameters cell of {name} is no plain assignment. "
                "Write `name: type = literal  # what it is`."
            )
        annotation = getattr(statement, "annotation", None)
        found.append(
            _parameter(
                target.id,
                annotation,
                statement.value,
                comments.get(cast(int, statement.end_lineno), ""),
                name,
            )
        )
    return tuple(found)


def _parameter(
    name: str, annotation: ast.expr | None, value: ast.expr | None, comment: str, notebook: str
) -> Parameter:
    try:
        default = None if value is None else ast.literal_eval(value)
    except ValueError:
        raise UsageError(
            f"Parameter `{name}` of {notebook} has no literal default. Write a literal."
        ) from None
    declared = "" if annotation is None else ast.unparse(annotation).replace("'", "").replace(" ", "")
    optional = (
        declared.endswith("|None")
        or declared.startswith("Optional[")
        or (value is not None and default is None)
    )
    base = declared.removesuffix("|None").removeprefix("Optional[").split("[")[0].rstrip("]")
    if not base:
        base = "any" if default is None else type(default).__name__
    base = "list" if base == "tuple" else base
    if base not in (*KINDS, "any"):
        raise UsageError(f"Parameter `{name}` of {notebook} has the type {base}. Use {', '.join(KINDS)}.")
    return Parameter(name, base, optional, value is None, default, comment)


def _comments(text: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def decode(text: str, parameter: Parameter) -> Any:
    """Turn the text of ``--param name=text`` into the declared type.

    Examples
    --------
    >>> decode("007", Parameter("site", "str", False, False, "", ""))
    '007'
    """
    kind = parameter.kind
    if kind in ("str", "any"):
        return str(text)
    if text == "" and parameter.optional:
        return None
    try:
        if kind == "bool":
            return {"true": True, "false": False}[text.strip().lower()]
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
        return json.loads(text)
    except (KeyError, ValueError):
        raise UsageError(f"Parameter `{parameter.name}` must be {_asked(parameter)}, not {text!r}.") from None


def encode(value: Any, parameter: Parameter) -> Any:
    """Return `value` as JSON-safe data of the declared type.

    Dates become ISO text, paths text, decimals and numpy numbers plain numbers, tuples lists.

    Raises
    ------
    UsageError
        If the value is of another type, or holds NaN or an infinity.
    """
    plain = _plain(value, parameter.name)
    if plain is None and (parameter.optional or parameter.kind == "any"):
        return None
    if parameter.kind == "float" and isinstance(plain, int) and not isinstance(plain, bool):
        plain = float(plain)
    if parameter.kind != "any" and type(plain).__name__ != parameter.kind:
        raise UsageError(
            f"Parameter `{parameter.name}` must be {_asked(parameter)}, not {type(value).__name__} {value!r}."
        )
    return plain


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Decimal):
        value = float(value)
    elif hasattr(value, "item") and not hasattr(value, "__len__"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"Parameter `{name}` is {value}. Give a finite number, or leave the parameter out.")
    if isinstance(value, Mapping):
        return {str(key): _plain(item, name) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise UsageError(
        f"Parameter `{name}` is a {type(value).__name__}. Give text, a number, a list or a mapping."
    )


def _asked(parameter: Parameter) -> str:
    names = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}
    return names.get(parameter.kind, f"a JSON {parameter.kind}")


def resolve(parameters: Sequence[Parameter], given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the full, typed parameters of one execution.

    Parameters
    ----------
    parameters : sequence of Parameter
        What `inspect` found.
    given : mapping
        Values by name; a `Text` still has to be decoded.
    name : str
        How messages call the notebook.

    Raises
    ------
    UsageError
        For unknown, missing and wrongly typed parameters, names that promise a secret, addresses with a password.
    """
    known = {p.name: p for p in parameters}
    secret = [n for n in (*known, *given) if _SECRET.search(n)]
    if secret:
        raise UsageError(
            f"Parameter `{secret[0]}` of {name} looks like a secret, and parameters are kept in files. "
            "Read it from the environment instead."
        )
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise UsageError(f"Notebook {name} has no parameter `{unknown[0]}`. It has {', '.join(known)}.")
    missing = [p.name for p in parameters if p.required and p.name not in given]
    if missing:
        raise UsageError(f"Notebook {name} needs the parameter `{missing[0]}`. Add --param {missing[0]}=…")
    values = {}
    for parameter in parameters:
        value = given.get(parameter.name, parameter.default)
        if isinstance(value, Text):
            value = decode(value, parameter)
        values[parameter.name] = encode(value, parameter)
    for key, value in values.items():
        if _IN_ADDRESS.search(json.dumps(value)):
            raise UsageError(
                f"Parameter `{key}` of {name} holds an address with a password, and parameters are kept in files. "
                "Read it from the environment instead."
            )
    return values


class Text(str):
    """A value as typed on the command line, not yet of the declared type."""

    __slots__ = ()
