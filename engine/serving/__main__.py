"""`python -m engine.serving --model DIR`: serve one model over HTTP."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields

from engine.serving.errors import ServingError
from engine.serving.server import Settings, serve


def main() -> int:
    """Read the arguments (each also a LINESIDE_… variable) and serve."""
    try:
        settings = Settings.from_environment()
    except ServingError as error:
        print(error, file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(prog="python -m engine.serving", description="Serve one model over HTTP.")
    for part in fields(Settings):
        default = getattr(settings, part.name)
        parser.add_argument(
            f"--{part.name.replace('_', '-')}", type=type(default), default=default, help=part.metadata["help"]
        )
    return serve(Settings(**vars(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
