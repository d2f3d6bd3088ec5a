"""Landing: every page and table as an immutable file, with a manifest. No DuckDB, no Dagster, no HTTP.

Layout under the landing's root:

    manifest/<run_id>.jsonl                      one line per page, appended by the one run that bears the name
    <source>/<stream>/<run_id>-<n>.jsonl.zst     segment of pages: one JSON line a page
    <source>/<stream>/<run_id>-<n>.parquet       segment of an imported table
    goals/<sha256>.yaml, publications.jsonl      what each publication was made from

A page exists when its manifest line does: segments are written aside, fsynced and renamed first. A run killed between
the two leaves a file that nothing names; the next pull sweeps such files.
"""

from pipelines.landing.manifest import Entry, Landing
from pipelines.landing.publications import Publication, Publications
from pipelines.landing.writer import LandingWriter

__all__ = ["Entry", "Landing", "LandingWriter", "Publication", "Publications"]
