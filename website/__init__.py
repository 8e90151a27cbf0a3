"""How the docs site is made: docs/ and what the code says of itself, staged as Markdown, built, and checked."""
