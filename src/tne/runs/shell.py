"""An IPython shell inside this process whose outputs are those a kernel would have sent."""

from __future__ import annotations

import builtins
import getpass
import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.session import Session
from nbformat.v4 import new_output

from tne.report.marking import mark

BACKEND = "module://matplotlib_inline.backend_inline"


class Recorder(Session):
    """Takes the messages that a kernel would put on a socket and turns them into notebook outputs.

    The rules are those of nbclient: consecutive text of one stream is one output, an update changes every output with
    its display id, and a clearing may wait for the next output.
    """

    def begin(self) -> list[Any]:
        """Return the list that takes the outputs of the cell that runs next."""
        if not hasattr(self, "_lock"):
            self._lock = threading.RLock()
            self._shown: dict[str, list[Any]] = {}
        self._outputs: list[Any] = []
        self._clear_first = False
        return self._outputs

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any) -> None:
        """Record one message; `stream` is no socket here."""
        if isinstance(msg_or_type, dict):
            kind, content = msg_or_type["msg_type"], msg_or_type["content"]
        else:
            kind = msg_or_type
        with self._lock:
            self._take(kind, content)

    def text(self, name: str, text: str) -> None:
        """Record text of stdout or stderr."""
        with self._lock:
            if self._clear_first:
                self._clear()
            last = self._outputs[-1] if self._outputs else None
            if last is not None and last.output_type == "stream" and last.name == name:
                last.text += text
            else:
                self._outputs.append(new_output("stream", name=name, text=text))  # type: ignore[no-untyped-call]

    def _take(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "clear_output":
            self._clear_first = bool(content.get("wait"))
            if not self._clear_first:
                self._clear()
            return
        known = (content.get("transient") or {}).get("display_id")
        if kind == "update_display_data":
            for output in self._shown.get(cast(str, known), []):
                output["data"], output["metadata"] = content["data"], content["metadata"]
            return
        if kind not in ("display_data", "execute_result", "error"):
            return  # comms and inputs leave no output
        if self._clear_first:
            self._clear()
        fields = {k: v for k, v in content.items() if k != "transient"}
        output = new_output(kind, **fields)  # type: ignore[no-untyped-call]
        if known:
            for earlier in self._shown.setdefault(known, []):
                earlier["data"], earlier["metadata"] = output["data"], output["metadata"]
            self._shown[known].append(output)
        self._outputs.append(output)

    def _clear(self) -> None:
        self._outputs.clear()
        self._clear_first = False


class Text(io.TextIOBase):
    """A text stream whose writes become outputs, from any thread."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, recorder: Recorder) -> None:
        self.name, self._recorder = f"<{name}>", recorder
        self._stream = name

    def writable(self) -> bool:
        """Streams of a shell can be written."""
        return True

    def write(self, text: str) -> int:
        """Record `text`; anything else is a TypeError, as on a file."""
        if not isinstance(text, str):
            raise TypeError(f"write() takes text, not {type(text).__name__}")
        if text:
            self._recorder.text(self._stream, text)
        return len(text)


class ZMQShell(ZMQInteractiveShell):
    """The shell of a kernel without its sockets; libraries that look for a notebook recognise it by its name."""


def new_shell() -> tuple[ZMQShell, Recorder]:
    """Return a fresh shell and what records its outputs. One per process: its namespace is ``__main__``.

    Raises
    ------
    RuntimeError
        If this process already has an IPython shell, or this is not its main thread.
    """
    from ipykernel.compiler import XCachingCompiler
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    if threading.current_thread() is not threading.main_thread() or InteractiveShell.initialized():
        raise RuntimeError(
            "The engine `tne` executes in the process that calls it, which must have no IPython shell and call from "
            "its main thread. Call papermill from a process of its own, or use another engine."
        )
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    shell = ZMQShell.instance(config=config, compiler_class=XCachingCompiler)
    recorder = Recorder()
    recorder.begin()
    hook, pub = cast(Any, shell.displayhook), cast(Any, shell.display_pub)
    for part in (hook, pub):
        part.session = recorder
    hook.pub_socket = pub.pub_socket = recorder
    hook.topic = b"execute_result"
    _inline_figures(shell)
    mark(shell)  # as a kernel that imports tne does, whether or not it was imported before
    return shell, recorder


def _inline_figures(shell: ZMQShell) -> None:
    """Show figures in the outputs, whether or not matplotlib was imported before there was a shell."""
    if "matplotlib" not in sys.modules:  # then MPLBACKEND does it on import, as in a kernel
        return
    from IPython.core.pylabtools import activate_matplotlib
    from matplotlib_inline.backend_inline import configure_inline_support

    activate_matplotlib(BACKEND)  # type: ignore[no-untyped-call]
    configure_inline_support(shell, BACKEND)  # type: ignore[no-untyped-call]


def run_cell(shell: ZMQShell, recorder: Recorder, source: str) -> tuple[bool, list[Any]]:
    """Run one cell; return whether it succeeded, and its outputs. One that did not has an error among them."""
    outputs = recorder.begin()
    with _redirected(recorder):
        result = shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
    # an error while an object was shown leaves the result a success, but a kernel reports the cell as failed
    good = result.success and not getattr(shell, "_last_traceback_during_displayhook", False)
    if not good and not any(output.output_type == "error" for output in outputs):
        error = result.error_in_exec or result.error_before_exec
        name = type(error).__name__
        fields = {"ename": name, "evalue": str(error), "traceback": [name]}
        outputs.append(new_output("error", **fields))  # type: ignore[no-untyped-call]
    return good, list(outputs)


@contextmanager
def _redirected(recorder: Recorder) -> Iterator[None]:
    """Send printed text to the outputs and refuse to ask anybody anything."""
    kept = sys.stdout, sys.stderr, builtins.input, getpass.getpass
    sys.stdout, sys.stderr = Text("stdout", recorder), Text("stderr", recorder)
    builtins.input = getpass.getpass = cast(Any, _nobody_answers)
    try:
        yield
    finally:
        sys.stdout, sys.stderr, builtins.input, getpass.getpass = kept


def _nobody_answers(prompt: str = "", *_: Any, **__: Any) -> str:
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")
