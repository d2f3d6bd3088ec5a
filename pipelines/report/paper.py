"""A page of the report as PDF: printed by a Chromium that this machine has, with no network."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from pipelines.errors import ReportError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_TIMEOUT_S = 120


def browser() -> str:
    """The browser that prints.

    Raises:
        ReportError: there is none.
    """
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise ReportError(
        "There is no browser to print the report with.",
        where=f"PATH, none of {', '.join(BROWSERS)}",
        do="Install Chromium (`apt-get install chromium` on Debian and Ubuntu), or print the page from any browser.",
    )


def print_pdf(page: Path) -> bytes:
    """A page as PDF, A4, as its print style says.

    Args:
        page: an HTML file of the report.

    Raises:
        ReportError: there is no browser, or it printed nothing.
    """
    program = browser()
    with tempfile.TemporaryDirectory(prefix="syfte-print-") as folder:
        target = Path(folder) / "page.pdf"
        command = [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder}/profile", "--no-pdf-header-footer",
            f"--print-to-pdf={target}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=_TIMEOUT_S)  # noqa: S603  # nothing of it comes from outside
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _nothing_printed(program, page, type(error).__name__) from None
        if not target.exists() or not target.stat().st_size:
            raise _nothing_printed(program, page, "no file")
        return target.read_bytes()


def _nothing_printed(program: str, page: Path, why: str) -> ReportError:
    return ReportError(
        f"The browser printed nothing ({why}).",
        where=f"{program}, {page}",
        do="Print the page from any browser; its print style is the same.",
    )
