"""What does somebody at the terminal answer?"""

from __future__ import annotations


def answer(question: str) -> str:
    """Return the line that is typed after `question`, without the spaces around it; "" where the input ends."""
    try:
        return input(question).strip()
    except EOFError:
        return ""
