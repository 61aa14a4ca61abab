"""`lineside`: no argument opens the window, else a command."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the program; returns the exit code."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] == "window":
        from app.gui.main import main as window

        return window(arguments[1:])
    from app.cli.main import main as command

    return command(arguments)


if __name__ == "__main__":
    sys.exit(main())
