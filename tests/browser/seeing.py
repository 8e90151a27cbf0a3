"""Can everyone read the page? Each check returns what it found, as sentences; none if all is well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.chromium import PHONE, SMALL, WIDE, Tab

WIDTHS, SCHEMES = (WIDE, PHONE), ("light", "dark")
SEEN = tuple((width, scheme) for width in WIDTHS for scheme in SCHEMES)
# axe tells no contrast for these, and the own measure does: text that is one letter or a sign, that is scrolled out of
# its frame, or that stands in a drawing
TOLD_BY_OWN_MEASURE = frozenset(
    {"nonBmp", "shortTextContent", "elmPartiallyObscured", "imgNode", "outsideViewport"}
)
# 7 to 1 is another standard than ours; hidden content is opened before
LEFT_OUT = ("color-contrast-enhanced", "hidden-content")
COLOURED = ("color-contrast", "link-in-text-block")  # what another scheme can break
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
    "p { margin-bottom: 2em !important }"
)  # WCAG 2.2, success criterion 1.4.12


def axe(
    tab: Tab,
    *,
    contrast: bool = True,
    within: str | None = None,
    only: Iterable[str] = (),
    alike: bool = True,
) -> list[str]:
    """Run every rule of axe, best practices and experiments included.

    Parameters
    ----------
    contrast : bool
        Also its rule on contrast, which takes most of its time.
    within : str, optional
        Selector of the part to look at.
    only : iterable of str
        These rules and no others; empty for all.
    alike : bool
        Measure contrast also of text that looks like other text of the same kind in the same place (`look.alike`);
        else of the first three of a kind. What lies on what, and every colour, is measured by the own checks too.
    """
    left_out = [*LEFT_OUT, *([] if contrast and alike else ["color-contrast"])]
    found = _told(tab, within, left_out, list(only))
    if contrast and not alike:
        marked = tab.page.evaluate("look.alike(3)")
        found += _told(tab, within, [], ["color-contrast"], "[data-alike]" if marked else None)
        tab.page.evaluate("look.unlike()")
    return found


def _told(
    tab: Tab, within: str | None, left_out: list[str], only: list[str], without: str | None = None
) -> list[str]:
    """Run the rules `only`, or all, less those `left_out`; `without` selects what is not looked at."""
    tab.page.evaluate(AXE_SCRIPT)
    answer = tab.page.evaluate(
        """([within, leftOut, only, without]) => {
             const known = axe.getRules().map((rule) => rule.ruleId);
             const values = known.filter((id) => !leftOut.includes(id) && (!only.length || only.includes(id)));
             if (!values.length) return {violations: [], incomplete: []};
             const options = {runOnly: {type: "rule", values}, resultTypes: ["violations", "incomplete"]};
             const place = without ? {include: [[within ?? "html"]], exclude: [[without]]} : within ?? document;
             return axe.run(place, options).then(({violations, incomplete}) => ({violations, incomplete}));
           }""",
        [within, left_out, only, without],
    )
    found = [
        f"axe: {rule['id']} ({rule['impact']}): {node['html'][:90]}"
        for rule in answer["violations"]
        for node in rule["nodes"]
    ]
    return [*found, *_undecided(tab, answer["incomplete"])]


def _undecided(tab: Tab, rules: Iterable[dict[str, Any]]) -> list[str]:
    """What axe could not tell: contrast is measured by the own check, anything else is a finding."""
    found, ours = [], []
    for rule in rules:
        for node in rule["nodes"]:
            key = next((part["data"].get("messageKey") for part in node["any"] if part.get("data")), None)
            if rule["id"] == "color-contrast" and key in TOLD_BY_OWN_MEASURE:
                ours.append(node["target"][0])
            else:
                found.append(f"axe cannot tell: {rule['id']} ({key}): {node['html'][:90]}")
    return [*found, *tab.look("measured", ours)]


def accessible(tab: Tab, *, with_contrast: Iterable[tuple[int, str]] = SEEN, alike: bool = True) -> list[str]:
    """Run axe wide and on a phone with everything open; in the dark only its rules on colours, where it is to.

    `alike` as in `axe`.
    """
    told, found = set(with_contrast), []
    for width, scheme in SEEN:
        if scheme != SCHEMES[0] and (width, scheme) not in told:
            continue
        _set(tab, width, scheme)
        rules = COLOURED if scheme != SCHEMES[0] else ()  # its other rules know no colours
        said = axe(tab, contrast=(width, scheme) in told, only=rules, alike=alike)
        found += [f"{scheme}, {width} px: {finding}" for finding in said]
    return found


def contrasts(tab: Tab) -> list[str]:
    """Measure every text against what lies behind it: both schemes, both widths, all open, and on paper."""
    found = []
    for width, scheme in SEEN:
        _set(tab, width, scheme)
        found += [f"{scheme}, {width} px: {finding}" for finding in [*tab.look("contrast"), *_in_tips(tab)]]
    tab.page.emulate_media(media="print", color_scheme="dark")
    return [*found, *(f"on paper: {finding}" for finding in tab.look("contrast"))]


def _in_tips(tab: Tab) -> list[str]:
    return tab.page.evaluate(
        """() => [...document.querySelectorAll("[popover]")].flatMap((tip) => {
             tip.showPopover();
             const found = look.contrast(tip);
             tip.hidePopover();
             return found;
           })"""
    )


def fits(tab: Tab, widths: Iterable[int] = (320, SMALL, PHONE, 640, 900, WIDE)) -> list[str]:
    """Nothing sticks out, is cut or lies on something else, from the smallest phone to a wide window, all open.

    640 px are a window of 1280 px at 200 %, 320 px the same at 400 %.
    """
    found = []
    for width in widths:
        _set(tab, width, "light")
        found += [f"{width} px: {said}" for said in _boxes(tab)]
    return found


def spaced(tab: Tab, widths: Iterable[int] = (SMALL, WIDE)) -> list[str]:
    """Nothing is cut when a reader widens lines, letters and words."""
    found = []
    for width in widths:
        tab.fresh(width=width, opened=True)
        tab.styled(SPACED)
        found += [f"widely spaced, {width} px: {finding}" for finding in _boxes(tab)]
    return found


def _boxes(tab: Tab) -> list[str]:
    return [*tab.look("boxes"), *tab.look("overlaps")]


def _set(tab: Tab, width: int, scheme: str) -> None:
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.page.emulate_media(color_scheme=scheme, media="screen")
    tab.open_all()
    tab.page.evaluate("scrollTo(0, 0)")


def still(tab: Tab) -> list[str]:
    """Nothing moves for a reader who asked for no motion."""
    tab.page.emulate_media(reduced_motion="reduce")
    return tab.look("motion")


def speaks(tab: Tab, language: str, *, right_to_left: bool, whole: bool) -> list[str]:
    """Language and direction are right, and what is borrowed from English says so.

    Parameters
    ----------
    whole : bool
        Look for English on the whole page; else on the first screen and in the headings of sections, where a language
        that is not complete yet speaks for itself.
    """
    said = tab.page.evaluate(
        "[document.documentElement.lang, getComputedStyle(document.documentElement).direction]"
    )
    wanted = [language, "rtl" if right_to_left else "ltr"]
    found = [] if [said[0].partition("-")[0], said[1]] == wanted else [f"the page is {said}, not {wanted}"]
    return [*found, *(tab.look("foreign", whole) if right_to_left else [])]


def pictured(tab: Tab) -> list[str]:
    """Every figure has a title, words for those who cannot see it, and its numbers in a table."""
    return tab.look("pictures")


def same_without_script(tab: Tab, bare: Tab) -> list[str]:
    """Everything can be read without the script, and no control stands there that only the script moves.

    Parameters
    ----------
    bare : Tab
        The same page with scripts off.
    """
    for window in (tab, bare):
        window.fresh(opened=True)
    with_script, without = tab.page.evaluate("look.written()"), bare.page.evaluate("look.written()")
    lost = [
        f"without the script nobody reads “{text[:60]}”" for text in with_script if text not in set(without)
    ]
    dead = bare.page.evaluate(
        "() => [...document.querySelectorAll('button:not([popovertarget]),input,select')]"
        ".filter((e) => e.checkVisibility()).map((e) => `without the script ${look.name(e)} does nothing`)"
    )
    return [*lost, *dead]
