"""Which browser opens the pages, and what does it hear from them?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tne.runs import pdf

# The shell is the same engine without windows and menus, which cost more than the pages
SHELL = "chromium-headless-shell"
WIDE, PHONE, SMALL = 1280, 390, 360
HEIGHT = 900
LOOK = Path(__file__).with_name("look.js").read_text(encoding="utf-8")


def found() -> str | None:
    """Return the path of the shell, else of the browser that prints PDFs, None where there is none."""
    return shutil.which(SHELL) or pdf.browser()


@contextmanager
def launched(*, besides: str = "") -> Iterator[Browser]:
    """Start Chromium without a network: no name resolves to an address, `besides` one of this machine."""
    exempt = f", EXCLUDE {besides}" if besides else ""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found(),
            args=[
                "--no-sandbox",
                f"--host-resolver-rules=MAP * ~NOTFOUND{exempt}",
                "--disable-background-networking",
                "--disable-smooth-scrolling",  # or the window follows the focus a third of a second later
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Heard:
    """What a page asked for and complained of since it was opened."""

    document: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def request(self, url: str) -> None:
        if url.partition("#")[0] != self.document and not url.startswith("data:"):
            self.requests.append(f"the page asks for {url[:80]}")

    def complain(self, text: str) -> None:
        self.complaints.append(f"the console says {text[:300]}")

    @property
    def findings(self) -> list[str]:
        return sorted({*self.requests, *self.complaints})


@dataclass(frozen=True)
class Tab:
    """One page in a browser window of its own."""

    page: Page
    heard: Heard

    def fresh(
        self, *, width: int = WIDE, scheme: str = "light", height: int = HEIGHT, opened: bool = False
    ) -> None:
        """Load the page anew.

        Parameters
        ----------
        width, height : int
            Of the window, in CSS pixels.
        scheme : str
            ``"light"`` or ``"dark"``.
        opened : bool
            Open every ``<details>``.
        """
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme, media="screen", reduced_motion="no-preference")
        self.page.goto(self.heard.document)
        self.page.evaluate(LOOK)
        if opened:
            self.open_all()

    def open_all(self) -> None:
        """Open every ``<details>``."""
        self.page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")

    def styled(self, css: str) -> None:
        """Add rules as a reader's own style sheet would, past the page's content policy."""
        self.page.evaluate(
            """(css) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);
               document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]; }""",
            css,
        )

    def look(self, name: str, *arguments: object) -> list[str]:
        """Return the findings of one function of ``look.js``."""
        return self.page.evaluate(f"(given) => look.{name}(...given)", list(arguments))


@contextmanager
def tab(browser: Browser, path: Path, *, scripts: bool = True, density: float = 1) -> Iterator[Tab]:
    """Open a file in a window that records every request and every complaint.

    Parameters
    ----------
    scripts : bool
        Whether the page's own script runs.
    density : float
        Device pixels per CSS pixel.
    """
    heard = Heard(path.resolve().as_uri())
    context = browser.new_context(java_script_enabled=scripts, device_scale_factor=density)
    try:
        page = context.new_page()
        page.on("request", lambda request: heard.request(request.url))
        page.on("console", lambda said: said.type in ("error", "warning") and heard.complain(said.text))
        page.on("pageerror", lambda error: heard.complain(str(error)))
        window = Tab(page, heard)
        window.fresh()
        yield window
    finally:
        context.close()
