"""Run a proof: many seeded replications, resumable after any kill, judged once, written with what it covers."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.prove.messages import without_messages

ROOT = Path(__file__).resolve().parents[2]
PROOFS = ROOT / "docs" / "proof"
CHECKPOINTS = ROOT / ".prove"
LIBRARIES = ("numpy", "scipy", "pandas", "statsmodels", "formulaic", "duckdb")
_REACHED = "reached: "


@dataclass(frozen=True)
class Proof:
    """One claim and how it is tried.

    Parameters
    ----------
    name : str
        File name below docs/proof.
    claim : str
        What is proved, in a sentence.
    covers : tuple of str
        Globs of the source files whose change makes the proof stale, and what `reached` returned.
    replications : int
    one : callable
        ``one(seed) -> dict``, JSON-safe: a single replication.
    judge : callable
        ``judge(rows) -> dict`` with ``passed`` (bool) and the numbers.
    """

    name: str
    claim: str
    covers: tuple[str, ...]
    replications: int
    one: Callable[[int], dict[str, Any]]
    judge: Callable[[list[dict[str, Any]]], dict[str, Any]]

    @property
    def path(self) -> Path:
        return PROOFS / f"{self.name}.json"

    def sources(self) -> list[str]:
        """Return the globs, with the files that were reached."""
        found: list[str] = []
        for one in self.covers:
            found += _files(one.removeprefix(_REACHED).split()) if one.startswith(_REACHED) else [one]
        return found

    def covered_hash(self) -> str:
        """SHA-256 over what the covered sources do: a proof of other code is no proof, of other spacing it is."""
        digest = hashlib.sha256()
        named = {path for glob in self.covers if not glob.startswith(_REACHED) for path in ROOT.glob(glob)}
        files = sorted({path for glob in self.sources() for path in ROOT.glob(glob) if path.is_file()})
        for path in files:
            # what a page may show is covered with its words; what computes, without those of its errors
            said = _said(path) if path in named else _computed(path)
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + said + b"\0")
        return digest.hexdigest()

    def is_stale(self) -> bool:
        if not self.path.is_file():
            return True
        return json.loads(self.path.read_text())["covered_sha256"] != self.covered_hash()


@functools.cache
def passed_here(name: str) -> bool:
    """Has a proof passed in full on this code and with these libraries? Asked once a process."""
    from tests.prove.__main__ import PROOFS  # which imports every proof, and each of them this module

    proof = next(proof for proof in PROOFS if proof.name == name)
    if proof.is_stale():
        return False
    record = json.loads(proof.path.read_text())
    return record["passed"] is True and record.get("libraries") == libraries()


def libraries() -> dict[str, str]:
    """Return the versions of the libraries that compute: a proof with others says nothing about these."""
    return {name: metadata.version(name) for name in LIBRARIES}


def _said(path: Path) -> bytes:
    """Return what a source does, without comments, line breaks, docstrings and types; any other file as it is."""
    return _read(path.read_text(encoding="utf-8"))[0] if path.suffix == ".py" else path.read_bytes()


def _computed(path: Path) -> bytes:
    """Return what a source does, without what its errors tell people as well."""
    return _read(path.read_text(encoding="utf-8"))[1] if path.suffix == ".py" else path.read_bytes()


@functools.cache
def _read(text: str) -> tuple[bytes, bytes, tuple[str, ...]]:
    """Return what a source does, the same without the words of errors, and what that imports.

    Read once a process, as forty proofs cover the same files.
    """
    tree = _Deeds("cast" in text).visit(ast.parse(text))
    said = ast.unparse(tree).encode()
    without_messages(tree)
    return said, ast.unparse(tree).encode(), tuple(_imported(tree))


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the modules, and the names that may be modules, of every import; expressions hold none."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not isinstance(node, ast.expr):
            todo += ast.iter_child_nodes(node)


class _Deeds(ast.NodeTransformer):
    """Leave out of a tree what no computation can see: docstrings, annotations, casts and imports of types.

    Parameters
    ----------
    casts : bool
        Whether there may be casts: nothing else is left out of an expression.
    """

    def __init__(self, casts: bool) -> None:
        self._casts = casts

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr) and not self._casts:
            return node
        node = super().visit(node)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
            node.body = node.body or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Look into methods; that a field is there does something, of what type it is does not."""
        fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
        if any("dataclass" in ast.unparse(mark) for mark in node.decorator_list):
            for part in fields:
                if not any(
                    word in ast.unparse(part.annotation) for word in ("ClassVar", "InitVar", "KW_ONLY")
                ):
                    part.annotation = ast.Constant(...)
        kept = [part if part in fields else self.visit(part) for part in node.body]
        node.body = [part for part in kept if part is not None]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        self.generic_visit(node)
        return ast.Assign([node.target], node.value, lineno=node.lineno) if node.value is not None else None

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        is_cast = isinstance(node.func, ast.Name) and node.func.id == "cast" and len(node.args) == 2
        return node.args[1] if is_cast else node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return None
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return None if node.module in ("typing", "collections.abc") else node


def reached(*modules: str) -> tuple[str, ...]:
    """Cover the source files that `modules` of the package import, themselves and their rooms' openings included.

    Which files these are is found out when a proof is asked: the tests of all proofs only import them.
    """
    return (_REACHED + " ".join(modules),)


def _files(modules: Sequence[str]) -> list[str]:
    """Return the source files that `modules` import."""
    todo, seen = list(modules), set()
    while todo:
        path = _source(todo.pop())
        if path is None or path in seen:
            continue
        seen.add(path)
        todo += _read(path.read_text(encoding="utf-8"))[2]
    return sorted(str(path.relative_to(ROOT)) for path in seen)


@functools.cache
def _source(module: str) -> Path | None:
    """Return the file of a module of the package, None for a name or another library."""
    if module.partition(".")[0] != "tne" or module == "tne":
        return None  # the package's own opening loads everything on first use
    base = ROOT.joinpath("src", *module.split("."))
    found = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in found if path.is_file()), None)


def seed_of(name: str, replication: int) -> int:
    """A seed that nobody picks: the hash of the proof's name and the replication."""
    return int.from_bytes(hashlib.sha256(f"{name}:{replication}".encode()).digest()[:4], "big")


def _finished(pool: ProcessPoolExecutor, jobs: list[Future[Any]]) -> Iterator[Future[Any]]:
    """Yield the jobs as they end; one that fails stops those that have not begun."""
    try:
        yield from as_completed(jobs)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def run(proof: Proof, workers: int = 2) -> dict[str, Any]:
    """Run what is missing of a proof, judge it and write its file."""
    covered, commit = proof.covered_hash(), _commit()
    done = _resume(proof, covered)
    todo = [r for r in range(proof.replications) if r not in done]
    started, said = time.monotonic(), 0.0
    checkpoint = CHECKPOINTS / f"{proof.name}.jsonl"
    context = multiprocessing.get_context("forkserver")
    # workers that may have children of their own, which those of multiprocessing.Pool may not
    with checkpoint.open("a") as out, ProcessPoolExecutor(workers, context) as pool:
        jobs = [pool.submit(_replicate, (proof.name, proof.one, r)) for r in todo]
        for job in _finished(pool, jobs):
            replication, row = job.result()
            done[replication] = row
            out.write(json.dumps({"replication": replication, "row": row}) + "\n")
            out.flush()
            if time.monotonic() - said > 15:
                said = time.monotonic()
                rate = (said - started) / max(1, len(done) - (proof.replications - len(todo)))
                left = rate * (proof.replications - len(done)) / 60
                print(
                    f"{proof.name}: {len(done)} of {proof.replications}, about {left:.0f} min left",
                    flush=True,
                )
    outcome = proof.judge([done[r] for r in sorted(done)])
    record = {
        "proof": proof.name,
        "claim": proof.claim,
        "commit": commit,
        "covered_sha256": covered,
        "covers": proof.sources(),
        "libraries": libraries(),
        "replications": proof.replications,
        **outcome,
    }
    PROOFS.mkdir(parents=True, exist_ok=True)
    proof.path.write_text(json.dumps(record, indent=2, ensure_ascii=False, default=_plain) + "\n")
    checkpoint.unlink(missing_ok=True)
    return record


def _replicate(job: tuple[str, Callable[[int], dict[str, Any]], int]) -> tuple[int, dict[str, Any]]:
    name, one, replication = job
    return replication, one(seed_of(name, replication))


def _plain(value: Any) -> Any:
    """Turn a number of numpy into one of Python."""
    return value.item()


def _resume(proof: Proof, covered: str) -> dict[int, dict[str, Any]]:
    """Finished replications of the same code; those of other code are thrown away."""
    CHECKPOINTS.mkdir(exist_ok=True)
    path = CHECKPOINTS / f"{proof.name}.jsonl"
    lines = path.read_text().splitlines() if path.is_file() else []
    rows: dict[int, dict[str, Any]] = {}
    if lines and json.loads(lines[0]).get("covered_sha256") == covered:
        for line in lines[1:]:
            try:
                item = json.loads(line)
            except json.JSONDecodeError:  # the line that a kill cut short
                continue
            rows[item["replication"]] = item["row"]
    keep = [json.dumps({"covered_sha256": covered})]
    keep += [json.dumps({"replication": r, "row": row}) for r, row in rows.items()]
    path.write_text("\n".join(keep) + "\n")
    return {r: row for r, row in rows.items() if r < proof.replications}


def _commit() -> str:
    answer = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def main(proofs: list[Proof], argv: list[str]) -> int:
    """Re-run stale proofs (or those named); fail while one is stale or has failed."""
    if not os.environ.get("TNE_TRUTH"):
        print("make prove needs the published data: set TNE_TRUTH to their folder.", file=sys.stderr)
        return 2
    named = [p for p in proofs if not argv or p.name in argv]
    if unknown := set(argv) - {p.name for p in proofs}:
        print(
            f"No proof is called {', '.join(sorted(unknown))}. There are {', '.join(p.name for p in proofs)}."
        )
        return 2
    for proof in named:
        if proof.is_stale() or argv:
            print(f"{proof.name}: {proof.claim}", flush=True)
            run(proof)
        print(
            f"{proof.name}: {'passed' if json.loads(proof.path.read_text())['passed'] else 'FAILED'}",
            flush=True,
        )
    bad = [p.name for p in proofs if p.is_stale() or not json.loads(p.path.read_text())["passed"]]
    if bad:
        print(f"Stale or failed: {', '.join(bad)}")
    return 1 if bad else 0
