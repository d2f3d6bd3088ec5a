"""One function of a benchmark in a process of its own: `python -m benchmarks.part package.module:name JSON`."""

from __future__ import annotations

import gc
import json
import sys
from importlib import import_module

from pipelines.cli import RARELY


def main() -> None:
    """Call it with the arguments that the JSON names."""
    gc.set_threshold(*RARELY)  # as the command does
    function, arguments = sys.argv[1:]
    module, _, name = function.partition(":")
    getattr(import_module(module), name)(**json.loads(arguments))


if __name__ == "__main__":
    main()
