"""No data become code: nothing in the package or the notebooks unpickles, evaluates, starts a shell or trusts XML.

Each rule is tested both ways: the house keeps it, and a planted violation is found.
"""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Modules whose files may run code, or that read XML without limits.
UNSAFE = {
    *(
        "pickle",
        "_pickle",
        "cPickle",
        "cloudpickle",
        "dill",
        "joblib",
        "marshal",
        "shelve",
        "yaml",
        "pty",
        "commands",
    ),
    *(
        "xml.etree",
        "xml.dom",
        "xml.sax",
        "xml.parsers",
        "xmlrpc",
        "lxml.etree",
        "lxml.objectify",
        "telnetlib",
        "ftplib",
    ),
}
BUILTINS = {"eval", "exec", "compile", "__import__", "breakpoint"}
METHODS = {
    # of pandas, numpy and others: a text becomes code, or a file is unpickled
    *(
        "read_pickle",
        "to_pickle",
        "eval",
        "query",
        "read_html",
        "read_xml",
        "run_cell",
        "run_line_magic",
        "getoutput",
    ),
    *(
        "getstatusoutput",
        "mktemp",
        "extractall",
        "unpack_archive",
        "popen",
        "from_dict_yaml",
        "from_yaml",
        "tempnam",
    ),
}
SYSTEM = {
    ("os", name)
    for name in ("system", "popen", "startfile", "execl", "execle", "execlp", "spawnl", "spawnlp", "tmpnam")
}
# Calls that are needed, and what they get that is no data.
NEEDED = {
    ("tne.runs.engine", "run_cell"): "the cells of a report's notebook, which a run is there to execute",
    ("tne.runs.shell", "run_cell"): "the same, in the process of a report",
    ("tne.__init__", "import_module"): "names of the package's own modules",
    ("tne.runs.warm", "import_module"): "libraries that a report's notebook imports by name",
}


def name_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def fixed(node: ast.Call) -> bool:
    """Say whether the first argument of a call stands in the source as it is."""
    return bool(node.args) and isinstance(node.args[0], ast.Constant)


def complaints(module: str, source: str) -> list[str]:
    """Return where a module could let data become code."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            base = getattr(node, "module", None)
            names = [f"{base}.{alias.name}" if base else alias.name for alias in node.names]
            names += [base] if base else []
            found += [
                f"{module} imports {name}"
                for name in names
                if any(name == bad or name.startswith(f"{bad}.") for bad in UNSAFE)
            ]
        elif isinstance(node, ast.Call):
            found += [f"{module} calls {what}" for what in _call(module, node)]
    return found


def _call(module: str, node: ast.Call) -> list[str]:
    name, words = name_of(node.func), {word.arg: word.value for word in node.keywords}
    owner = name_of(node.func.value) if isinstance(node.func, ast.Attribute) else None
    found: list[str] = []
    if (module, name) in NEEDED or (
        name in ("query", "eval") and owner not in (None, "builtins") and fixed(node)
    ):
        return found
    if (owner is None and name in BUILTINS) or (owner == "builtins" and name in BUILTINS):
        found.append(name)
    if owner is not None and (name in METHODS or (owner, name) in SYSTEM):
        found.append(f"{owner}.{name}")
    if owner is None and name in METHODS - {"query"}:  # from … import read_pickle
        found.append(name)
    for word, harmless in (
        ("shell", False),
        ("allow_pickle", False),
        ("resolve_entities", False),
        ("huge_tree", False),
    ):
        value = words.get(word)
        if value is not None and not (isinstance(value, ast.Constant) and value.value is harmless):
            found.append(f"{name}({word}=…)")
    if name == "import_module" and not fixed(node):
        found.append("import_module of a name that is computed")
    if name == "Environment" and not (
        isinstance(words.get("autoescape"), ast.Constant) and words["autoescape"].value is True
    ):
        found.append("a template environment that does not escape")
    return found


def test_every_exception_is_needed():
    for module, name in NEEDED:
        path = ROOT / "src" / f"{module.replace('.', '/')}.py"
        calls = [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
        ]
        assert name in {name_of(node.func) for node in calls}


def code_of(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


def test_no_module_of_the_package_lets_data_become_code():
    modules = {
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "src").rglob("*.py"))
    }
    assert len(modules) > 100
    assert [c for module, source in modules.items() for c in complaints(module, source)] == []


def test_no_notebook_lets_data_become_code():
    paths = [p for p in sorted((ROOT / "notebooks").rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts]
    assert len(paths) > 10
    assert [c for path in paths for c in complaints(path.stem, code_of(path))] == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "import cloudpickle as c",
        "from joblib import load",
        "import yaml\nyaml.load(text)",
        "from xml.etree import ElementTree",
        "import xml.dom.minidom",
        "from lxml import etree",
        "eval(text)",
        "exec(text)",
        "compile(text, 'x', 'exec')",
        "__import__(name)",
        "import builtins\nbuiltins.eval(text)",
        "import os\nos.system('ls')",
        "import os\nos.popen('ls')",
        "import subprocess\nsubprocess.run(line, shell=True)",
        "import subprocess\nsubprocess.Popen(line, shell=asked)",
        "import subprocess\nsubprocess.getoutput('ls')",
        "import tempfile\ntempfile.mktemp()",
        "import pandas as pd\npd.read_pickle(path)",
        "from pandas import read_pickle\nread_pickle(path)",
        "frame.to_pickle(path)",
        "frame.query(text)",
        "frame.query(f'market == \"{market}\"')",
        "frame.eval(text)",
        "np.load(path, allow_pickle=True)",
        "packed.extractall(folder)",
        "shutil.unpack_archive(path)",
        "import importlib\nimportlib.import_module(name)",
        "import jinja2\njinja2.Environment(loader=loader)",
        "jinja2.Environment(autoescape=False)",
        "etree.XMLParser(resolve_entities=True)",
        "get_ipython().run_cell(text)",
    ],
)
def test_a_planted_violation_is_found(line):
    assert complaints("tne.tables.planted", line)


@pytest.mark.parametrize(
    "line",
    [
        "import ast\nast.literal_eval(text)",
        "import re\nre.compile(pattern)",
        "frame.query('n > 5')",
        "import subprocess\nsubprocess.run(['ls'], shell=False)",
        "import importlib\nimportlib.import_module('babel')",
        "import json, tomllib\ntomllib.loads(text)",
        "from lxml import html",
        "import jinja2\njinja2.Environment(autoescape=True)",
    ],
)
def test_what_is_harmless_passes(line):
    assert complaints("tne.tables.planted", line) == []
