"""Which characters of a text that came with the data may a reader meet?"""

from __future__ import annotations

import re

WORD, PART = (
    30,
    15,
)  # letters of a word that has no place to break; letters after which a longer one gets such places
LONGEST = 200  # letters of a word that are shown

# Commands to printers and terminals, marks that turn the direction of whatever follows, marks of byte order, tags that
# nobody sees, halves of characters
_NEVER = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
_LINE = re.compile("[\x0b\x0c\x85\u2028\u2029]")  # ends a line for some programs and not for others
_MARK = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
_STACK = re.compile(f"([{_MARK}]{{4}})[{_MARK}]+")  # more accents than any language sets on one letter
_ISOLATES = re.compile("[\u2066-\u2069]")
# A tag as serialisers write it: values stand in double quotes and may hold < and >
_TAG = re.compile(r'(<[^"<>]*(?:"[^"]*"[^"<>]*)*>)')
_VALUE = re.compile(r'"[^"]*"')
_WORD = re.compile(rf"(?:&#?\w+;|[^\s&-]){{{WORD + 1},}}")
# A sign with its accents and with what is joined to it
_LETTER = re.compile(rf"(?:&#?\w+;|.)(?:[{_MARK}\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|\u200d.)*", re.DOTALL)
# Letters of scripts that part no words: a browser breaks them anywhere
_UNPARTED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)


def visible(text: str) -> str:
    """Return `text` without what a reader cannot see and a program, a terminal or a neighbouring word obeys.

    Notes
    -----
    Isolates (U+2066 to U+2069) stay where each is ended: we set them ourselves. Joiners stay, as Persian and emoji need
    them.

    Examples
    --------
    >>> visible("a\\x1b[2Jb \\u202elater"), visible("Z" + 9 * "\\u0300" + "algo") == "Z" + 4 * "\\u0300" + "algo"
    ('a[2Jb later', True)
    """
    text = _STACK.sub(r"\1", _LINE.sub(" ", _NEVER.sub("", text)))
    return text if _ended(text) else _ISOLATES.sub("", text)


def readable(document: str) -> str:
    """Return a page of ours in which every text is `visible` and no word is wider than a phone.

    Parameters
    ----------
    document : str
        Well-formed, values of attributes in double quotes, one script at the end of the body.

    Examples
    --------
    >>> readable('<head></head><body><p title="a\\x07">' + "W" * 31 + "</p><script></script></body>")
    '<head></head><body><p title="a">WWWWWWWWWWWWWWW<wbr>WWWWWWWWWWWWWWW<wbr>W</p><script></script></body>'
    """
    start, end = document.index("<body"), document.rindex("<script>")
    parts = _TAG.split(document[start:end])
    parts[0::2] = [_WORD.sub(_broken, visible(text)) for text in parts[0::2]]
    parts[1::2] = [_VALUE.sub(lambda value: visible(value[0]), tag) for tag in parts[1::2]]
    return visible(document[:start]) + "".join(parts) + document[end:]


def _ended(text: str) -> bool:
    """Whether each isolate is ended, and nothing else is."""
    depth = 0
    for mark in _ISOLATES.findall(text):
        depth += 1 if mark != "\u2069" else -1
        if depth < 0:
            return False
    return depth == 0


def _broken(word: re.Match[str]) -> str:
    """Return a long word with places where it may be broken, its end cut off where nobody would read it."""
    if _UNPARTED.search(word[0]):
        return word[0]
    letters = _LETTER.findall(word[0])
    if len(letters) > LONGEST:
        letters = [*letters[: LONGEST - 1], "…"]
    return "<wbr>".join("".join(letters[i : i + PART]) for i in range(0, len(letters), PART))
