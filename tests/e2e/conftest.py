"""One small company for the whole path: two markets of the demo, one of them tiny, made and rendered once."""

import pytest
from rendered import Rendered, tne_says

from tne.made import make


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """DE (large) and IE (tiny) of the demo, with their reports."""
    root = tmp_path_factory.mktemp("company")
    make(root / "ws", markets=("DE", "IE"))
    code, _, said = tne_says("run", "--workspace", root / "ws", "--output", root / "out", "--json")
    assert code == 0, said
    return Rendered(root / "ws", root / "out")
