"""What a reader may meet: nothing unseen that is obeyed, no word wider than a phone, and nothing else changes."""

import pytest

from tne.report.characters import LONGEST, PART, WORD, readable, visible

ARABIC = "\u2068Minor safety\u2069: \u206712 من 20\u2069"
FAMILY, PERSIAN = "👩\u200d👩\u200d👧\u200d👦", "می\u200cشود"


def body(html):
    page = readable(f"<head><title>T</title></head><body>{html}<script>x</script></body>")
    return page.removeprefix("<head><title>T</title></head><body>").removesuffix("<script>x</script></body>")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b\x07c\x1b[2J\x7f\x9b", "abc[2J"),
        ("a\u202eb\u202cc\u202ad", "abcd"),
        ("\ufeffa\u2060b\U000e0041c\ud800", "abc"),
        ("a\u2028b\x85c\vd", "a b c d"),
        ("a\u2067b", "ab"),
        ("a\u2069b\u2067", "ab"),
        ("Z" + "\u0300\u0316" * 9, "Z" + "\u0300\u0316" * 2),
        *(
            (text, text)
            for text in (ARABIC, FAMILY, PERSIAN, "Z\u0300\u0316", "a\tb\nc", "naïve Ärger 日本語")
        ),
    ],
)
def test_what_is_obeyed_but_not_seen_goes_and_all_else_stays(text, shown):
    assert visible(text) == shown


def test_long_words_may_be_broken_between_signs_and_the_longest_are_cut():
    assert body(f"<p>{'W' * WORD}</p>") == f"<p>{'W' * WORD}</p>"
    assert WORD < 3 * PART
    for sign in ("W", "&amp;", FAMILY):
        assert body(sign * 3 * PART) == "<wbr>".join([sign * PART] * 3)
        assert body(f"{sign * 3 * PART}{sign}").endswith(f"<wbr>{sign}")
    longest = body("W" * 9_999).replace("<wbr>", "")
    assert longest == "W" * (LONGEST - 1) + "…"


def test_words_that_break_by_themselves_are_left_alone():
    for text in ("well-known-" * 9, "日本語の文章は単語の間に空白を置かない。" * 20, "ภาษาไทย" * 40):
        assert body(text) == text


def test_addresses_pictures_and_signs_in_attributes_are_left_alone():
    image = f'<img src="data:image/png;base64,{"A" * 999}" alt="a > b < c {"W" * 99}"><br>'
    assert body(image) == image
    assert body('<p title="a\u202eb > c\x07">x</p>') == '<p title="ab > c">x</p>'
