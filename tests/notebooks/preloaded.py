"""What is a kernel forked from? A process in which everything that the notebooks on methods use is imported."""

import os

import ipykernel.kernelapp  # noqa: F401

# as a kernel sets it before matplotlib is imported
os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")

import tne
from tne.runs.warm import warm

warm(())
for _name in tne.__all__:  # loaded on first use
    getattr(tne, _name)
