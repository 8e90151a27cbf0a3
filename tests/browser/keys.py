"""Can the page be used without a mouse? Each check returns what it found, as sentences; none if all is well."""

from __future__ import annotations

from collections.abc import Iterable

from tests.browser.chromium import PHONE, WIDE, Tab

# the window follows the focus, and the script the window, with the next frame
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
HERE = "() => new Promise((done) => requestAnimationFrame(() => done(look.here())))"


def keyboard(tab: Tab) -> list[str]:
    """Tab reaches every part that can be used, in the order of the page, and the focus is seen wherever it stands."""
    stops = tab.look("stops")
    found = [f"{name} stands outside the order of the page" for name in stops["positive"]]
    reached: list[int] = []
    for _ in range(2 * stops["count"] + 20):
        tab.page.keyboard.press("Tab")
        here = tab.page.evaluate(HERE)
        if here is None or here["place"] in reached:
            break
        found += here["found"]
        if here["place"] >= 0:
            reached.append(here["place"])
        elif not here["scrolls"]:
            found.append(f"the focus stands on {here['name']}, which cannot be used")
    if reached != sorted(reached):
        found.append(f"the focus jumps: {reached}")
    if missed := set(range(stops["count"])) - set(reached):
        found.append(f"Tab does not reach {len(missed)} of {stops['count']} parts that can be used")
    return found


def skips(tab: Tab) -> list[str]:
    """The first stop is a link that shows itself and leads to the report, past whatever stands before it."""
    tab.page.keyboard.press("Tab")
    first = tab.page.evaluate(HERE)
    target = tab.page.evaluate("document.activeElement.getAttribute('href') ?? ''")
    if first is None or not target.startswith("#") or tab.page.locator(f"main{target}").count() != 1:
        return ["the first stop of the keyboard is no link to the report"]
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("Tab")
    inside = tab.page.evaluate("document.querySelector('main').contains(document.activeElement)")
    return [*first["found"], *([] if inside else ["after the skip link, the next stop is not in the report"])]


def tips(tab: Tab, widths: Iterable[int] = (WIDE, PHONE)) -> list[str]:
    """Words that explain themselves open with Enter and Space, inside the window, and close with Escape."""
    found = []
    for width in widths:
        tab.fresh(width=width)
        targets = tab.page.evaluate(
            "() => [...new Set([...document.querySelectorAll('[popovertarget]')]"
            ".filter((e) => e.checkVisibility()).map((e) => e.getAttribute('popovertarget')))]"
        )
        for k, target in enumerate(targets):
            button = tab.page.locator(f"[popovertarget='{target}']:visible").first
            for key in ("Enter", "Space") if k == 0 else ("Enter",):
                button.focus()
                tab.page.keyboard.press(key)
                found += [f"{width} px: {finding}" for finding in _opened(tab, target, key)]
                tab.page.keyboard.press("Escape")
                closed = tab.page.evaluate(
                    "(id) => !document.getElementById(id)?.matches(':popover-open')"
                    " && document.activeElement?.getAttribute('popovertarget') === id",
                    target,
                )
                if not closed:
                    found.append(f"{width} px: Escape does not close {target} and lead back")
    return found


def _opened(tab: Tab, target: str, key: str) -> list[str]:
    tab.page.evaluate(TWO_FRAMES)
    return tab.page.evaluate(
        """([id, key]) => {
             const tip = document.getElementById(id);
             if (!tip) return [`${id} is not in the page`];
             if (!tip.matches(":popover-open")) return [`${key} does not open ${id}`];
             const box = tip.getBoundingClientRect(), found = [];
             if (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1)
               found.push(`${id} opens outside the window: ${[box.left, box.top, box.right, box.bottom]}`);
             if (tip.innerText.trim().length < 20) found.push(`${id} explains nothing`);
             if (tip.scrollWidth > tip.clientWidth + 1 || tip.scrollHeight > tip.clientHeight + 1)
               found.push(`${id} is cut`);
             return found;
           }""",
        [target, key],
    )


def folds(tab: Tab) -> list[str]:
    """Enter and Space open and close a fold."""
    found = []
    for summary in tab.page.locator("summary:visible").all()[:1]:
        for key, after in (("Enter", True), ("Space", False)):
            summary.focus()
            tab.page.keyboard.press(key)
            if summary.evaluate("(e) => e.parentElement.open") is not after:
                found.append(f"{key} does not turn the fold {summary.inner_text()}")
    return found


def sorts(tab: Tab) -> list[str]:
    """Every table that can be sorted is sorted by each column, by key too, and what is missing stands last."""
    tab.open_all()
    found = tab.look("sorting")
    for button in tab.page.locator("th button:not([popovertarget]):visible").all()[:1]:
        head = button.locator("xpath=ancestor::th[1]")
        before = head.get_attribute("aria-sort")
        for key in ("Enter", "Space"):
            button.focus()
            tab.page.keyboard.press(key)
            if head.get_attribute("aria-sort") == before:
                found.append(f"{key} does not sort")
            before = head.get_attribute("aria-sort")
    return found


def follows(tab: Tab) -> list[str]:
    """The contents lead to every section, and mark the one that is read."""
    links = tab.page.evaluate(
        "() => [...document.querySelectorAll('nav.toc a')].map((e) => e.getAttribute('href').slice(1))"
    )
    missing = [f"the contents lead to {a!r}, which is not there" for a in links if not _there(tab, a)]
    if missing or not links:
        return missing
    found = []
    for anchor in links:
        tab.page.evaluate("(id) => document.getElementById(id).scrollIntoView()", anchor)
        tab.page.evaluate(TWO_FRAMES)
        top, marked = tab.page.evaluate(
            """(id) => {
                 const marked = [...document.querySelectorAll("nav.toc [aria-current]")];
                 return [document.getElementById(id).getBoundingClientRect().top, marked.map((e) => e.hash.slice(1))];
               }""",
            anchor,
        )
        if top < 100 and marked != [anchor]:  # the last ones do not come up to the top
            found.append(f"at {anchor} the contents mark {marked or 'nothing'}")
    return found


def _there(tab: Tab, anchor: str) -> bool:
    return tab.page.evaluate("(id) => document.getElementById(id) !== null", anchor)
