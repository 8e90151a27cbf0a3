"""JupyterLab as an analyst meets it: a server of its own, a notebook, and what stands in the desk's panel."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "notebooks" / "lab"
PANEL = ".tne-panel"
PATIENCE = 60_000  # ms for a step on a busy machine; a quiet one takes a second


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Start a Jupyter server over a folder on a free port, with the settings of `make lab`; yield its address.

    Nothing of the user's own Jupyter is read or written.
    """
    token = secrets.token_hex(16)
    own = {
        f"JUPYTER_{name}_DIR": str(folder / ".jupyter" / name.lower())
        for name in ("CONFIG", "DATA", "RUNTIME")
    }
    own |= {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / ".jupyter" / "user"),
        "IPYTHONDIR": str(folder / ".ipython"),
    }
    own |= {"JUPYTERLAB_WORKSPACES_DIR": str(folder / ".jupyter" / "workspaces")}
    line = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    line += [f"--LabApp.app_settings_dir={SETTINGS}", f"--ServerApp.root_dir={folder}"]
    line += [f"--IdentityProvider.token={token}", "--ServerApp.terminals_enabled=False"]
    log = folder / "server.log"
    with log.open("w") as said:
        server = subprocess.Popen(
            line, env=os.environ | own, stdout=said, stderr=subprocess.STDOUT, cwd=folder
        )
        try:
            yield f"{_address(server, log)}?token={token}"
        finally:
            server.terminate()  # asks the kernels to end too
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for the line that names the port."""
    for _ in range(1200):
        found = re.search(r"(http://127\.0\.0\.1:\d+/)lab", log.read_text())
        if found:
            return f"{found[1]}lab/tree/explore.ipynb"
        try:
            server.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"the server did not start:\n{log.read_text()[-2000:]}")


def copied(folder: Path, **parameters: str) -> Path:
    """Copy the notebook where an analyst starts into a folder, with other parameters."""
    notebook = json.loads((ROOT / "notebooks" / "explore.ipynb").read_text(encoding="utf-8"))
    cell = next(cell for cell in notebook["cells"] if "parameters" in cell["metadata"].get("tags", ()))
    lines = "".join(cell["source"]).splitlines()
    for name, value in parameters.items():
        lines = [f"{name}: str = {value!r}" if line.startswith(f"{name}: ") else line for line in lines]
    cell["source"] = "\n".join(lines)
    place = folder / "explore.ipynb"
    place.write_text(json.dumps(notebook), encoding="utf-8")
    return place


@contextmanager
def opened(browser: Browser, address: str) -> Iterator[Page]:
    """Open the notebook in a window as wide as a laptop's."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        yield page
    finally:
        context.close()


def run_all(page: Page) -> None:
    """Run every cell from the menu, and wait until the kernel is idle."""
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    # before the kernel is connected, running asks which one is meant
    page.wait_for_function("document.querySelector('#jp-main-statusbar')?.innerText.includes('| Idle')")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_selector(f"{PANEL} .say")
    page.wait_for_function(
        """() => document.querySelector(".jp-Notebook-ExecutionIndicator")?.dataset.status === "idle"
             && ![...document.querySelectorAll(".jp-InputPrompt")].some((e) => e.textContent.includes("*"))"""
    )


def errors(page: Page) -> list[str]:
    """Return what failed: errors in outputs and texts on stderr."""
    return page.eval_on_selector_all(
        '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"],'
        '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]',
        "(found) => found.map((e) => e.innerText.slice(0, 400))",
    )


def sentence(page: Page) -> str:
    """Return the sentence that the panel says."""
    return (
        page.inner_text(f"{PANEL} .say >> nth=0")
        if page.query_selector(f"{PANEL} .say")
        else page.inner_text(PANEL)
    )


class Desk:
    """The desk in a page, and which of its controls were used.

    Parameters
    ----------
    page : Page
        With every cell run.
    """

    def __init__(self, page: Page) -> None:
        self.page, self._met, self._used = page, set(), set()
        self._meet()

    @property
    def text(self) -> str:
        """What the panel says."""
        return self.page.inner_text(PANEL)

    @property
    def untouched(self) -> set[str]:
        """Names of lists, buttons and folds that were seen and not used."""
        return self._met - self._used

    @property
    def too_wide(self) -> list[str]:
        """What is cut or must be scrolled sideways, apart from what scrolls by design."""
        return self.page.eval_on_selector_all(
            f"{PANEL}, {PANEL} .widget-box, {PANEL} .code",
            "(all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.innerText.slice(0, 80))",
        )

    def list(self, label: str) -> Locator:
        return self.page.locator(PANEL).get_by_label(label, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.locator(PANEL).get_by_role("button", name=name)

    def options(self, label: str) -> list[str]:
        """Return what a list offers, with the blanks that a reader sees."""
        told = self.list(label).evaluate("(e) => [...e.options].map((o) => o.text)")
        return [text.replace("\xa0", " ") for text in told]

    def chosen(self, label: str) -> str:
        """Return what a list shows."""
        return self.options(label)[self.list(label).evaluate("(e) => e.selectedIndex")]

    def choose(self, label: str, text: str) -> str:
        """Choose from a list with the mouse; return what the panel says then."""
        place = self.options(label).index(text)
        return self._do(label, lambda: self.list(label).select_option(index=place))

    def click(self, name: str) -> str:
        """Press a button with the mouse; return what the panel says then."""
        return self._do(name, self.button(name).click)

    def press(self, name: str, key: str) -> str:
        """Press a key on a list or a button; return what the panel says then."""
        part = self.list(name).or_(self.button(name))
        part.focus()
        return self._do(name, lambda: self.page.keyboard.press(key))

    def copied(self) -> str:
        """Press *Copy code*; return what can be pasted."""
        self._used.add("Copy code")
        self.button("Copy code").click()
        return self.page.evaluate("navigator.clipboard.readText()")

    def code(self) -> str:
        """Return the code that is shown."""
        return self.page.inner_text(f"{PANEL} .code pre")

    def unfolded(self, name: str) -> str:
        """Open a fold; return what was in it."""
        self._used.add(name)
        summary = self.page.locator(PANEL).locator("summary", has_text=name)
        summary.click()
        return summary.locator("..").inner_text()

    def _do(self, name: str, do: Callable[[], object]) -> str:
        self._used.add(name)
        said = told_after(self.page, do)
        self._meet()
        return said

    def _meet(self) -> None:
        self._met |= set(
            self.page.eval_on_selector_all(
                f"{PANEL} select, {PANEL} button, {PANEL} summary",
                "(all) => all.map((e) => (e.labels?.[0] ?? e).innerText.trim())",
            )
        )


def told_after(page: Page, do: Callable[[], object]) -> str:
    """Do something, and return what the panel says once that is something else and stands."""
    before = page.inner_text(PANEL)
    do()
    page.wait_for_function(
        """([panel, before]) => {
             const now = document.querySelector(panel).innerText, [last, since] = window.seen ?? ["", 0];
             if (now !== last) window.seen = [now, performance.now()];
             const quiet = now === last && performance.now() - since > 400;
             return quiet && now !== before && !now.includes("Working …");
           }""",
        arg=[PANEL, before],
    )
    return sentence(page)
