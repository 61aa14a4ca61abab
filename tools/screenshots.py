"""Pictures of every page in both languages, light and dark, small and at 200 %: `python tools/screenshots.py FOLDER`.

The workspace is made for it: PCB images from ../shared/data where they are, else synthetic parts. `--workspace DIR` takes
an existing one, such as that of the demo, on which all pages have something to show.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "start",
    "data",
    "labeling",
    "modeling",
    "training",
    "evaluation",
    "deployment",
    "monitoring",
    "jobs",
    "settings",
)
VARIANTS = (
    # name, language, theme, width, height, scale, pages
    ("en-light", "en", "light", 1440, 900, 1, PAGES),
    ("zh-light", "zh_CN", "light", 1440, 900, 1, PAGES),
    ("zh-dark", "zh_CN", "dark", 1440, 900, 1, PAGES),
    ("en-dark", "en", "dark", 1440, 900, 1, ("data", "labeling", "modeling", "evaluation")),
    ("en-1280x720", "en", "light", 1280, 720, 1, PAGES),
    ("zh-200", "zh_CN", "light", 1280, 720, 2, PAGES),
)
SETTLE_S = 6.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--only", default="", help="names of variants, with commas")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.one:
        return take(options.folder, options.workspace, options.one)
    with tempfile.TemporaryDirectory() as scratch:
        workspace = options.workspace or prepare(Path(scratch))
        wanted = [entry for entry in VARIANTS if not options.only or entry[0] in options.only.split(",")]
        for name, *_, scale, _pages in wanted:
            environment = os.environ | {
                "QT_QPA_PLATFORM": "offscreen",
                "QT_SCALE_FACTOR": str(scale),
                "LINESIDE_CONFIG": str(Path(scratch) / f"config-{name}"),
                "PYTHONPATH": str(ROOT),
            }
            command = [sys.executable, __file__, str(options.folder), "--workspace", str(workspace), "--one", name]
            subprocess.run(command, env=environment, check=True)
    print(f"{len(list(options.folder.glob('*.png')))} pictures in {options.folder}")
    return 0


def prepare(scratch: Path) -> Path:
    """A workspace with images, labels and a version, named as a person would."""
    sys.path.insert(0, str(ROOT))
    from engine.data.imports import import_data
    from engine.data.versions import create_version
    from engine.workspace import Workspace

    sources = sorted((ROOT.parent / "shared" / "data" / "deeppcb").glob("*.coco.json"))
    if not sources:
        from engine.data.sample import make_sample

        sources = [make_sample(scratch / "sample", count=60)]
    path = scratch / "PCB line 3"
    with Workspace.create(path, "PCB line 3") as workspace:
        for source in sources:
            import_data(workspace, source)
        create_version(workspace, "v1", "70/15/15")
        draw_model(workspace)
    return path


def draw_model(workspace: Workspace) -> None:
    """A graph from the detection template, so that the model page has a drawing."""
    try:
        from engine.modeling.graphs import new_graph

        new_graph(workspace, "pcb-detector", "detection")
    except Exception as error:
        print(f"no model graph: {error}", file=sys.stderr)


def take(folder: Path, path: Path, name: str) -> int:
    """All pages of one variant."""
    from app.gui.main import make_application, make_window
    from app.gui.shell.languages import use_language
    from app.gui.shell.theme import theme

    _, language, shade, width, height, _scale, pages = next(entry for entry in VARIANTS if entry[0] == name)
    application = make_application()
    theme().use(shade)
    use_language(language)
    window = make_window()
    window.resize(width, height)

    def spin(seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            application.processEvents()
            time.sleep(0.005)

    def settle() -> None:
        spin(0.4)
        end = time.monotonic() + SETTLE_S
        while window.shell.work.busy and time.monotonic() < end:
            spin(0.05)
        spin(0.2)

    window.shell.settings.remember(path, "PCB line 3")
    window.shell.open_workspace(path)
    while window.shell.workspace is None:
        spin(0.05)
    settle()
    for page in pages:
        window.show_page(page)
        settle()
        window.grab().save(str(folder / f"{name}-{page}.png"))
    window.close()
    print(json.dumps({"variant": name, "pages": len(pages)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
