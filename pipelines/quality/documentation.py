"""docs/quality.md, written from the suites: `python -m pipelines.quality.documentation`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from pipelines.quality.own import TESTS
from pipelines.quality.suites import SUITES

PAGE = Path(__file__).parents[2] / "docs" / "quality.md"

EXAMPLE = """\
table: marts.fct_tips
expectations:
  - says: tips come by the channels of our intake
    one_of: {column: channel, values: [web_form, phone, front_desk, direct_message]}
    severity: warn
    why: Another word means that the intake was changed and nobody told us.

  - says: no tip came before our intake was opened
    condition: received_at >= timestamptz '2019-01-01 00:00Z'
    severity: error
    why: The export then holds rows of a test, and every rate would be wrong.

  - says: every unit that posted in the study year received a tip
    none_found: |
      select 1
      from marts.dim_unit as units
      inner join marts.dim_post as posts on units.unit_id = posts.unit_id
      anti join checked as tips on units.unit_id = tips.unit_id
      cross join config.run
      where posts.local_date between run.study_start and run.study_end
    severity: warn
    why: A unit without any is most likely missing in the export.
"""
"""An institution's own suite, which a test runs."""

_OPENING = f"""\
# Is the data as it should be?

For the person who runs Syfte, the analyst who doubts a figure, and the one who writes an expectation. Two kinds of
promises hold the data. A model's own (key, columns, arithmetic) stand in its header and block its table
(docs/tables.md). This page is about the other kind: **expectations** of the data as a whole, which Great
Expectations tests before anything is published, on the connection that is open.

## What stands, and since when
`syfte quality` prints every expectation: what does not hold first, with what it means and since when. It ends with
exit code 10 while one does not hold that forbids publishing, and answers while a run writes. `--failing` leaves out
what holds, `--since DATE` and `--all` print the history, `--run` tests everything that stands in the warehouse now,
without building.

- `error` forbids publishing: the run ends with exit code 10, readers keep the last good state, and the next run tests
  it again. `warn` is told and published.
- An expectation that **could not be tested** is neither: it is said so, blocks nothing, and is tested again.
- A suite is tested when a table it reads has changed, or the run's instant, if it looks at that. A run in which
  nothing is new tests nothing and does not even load Great Expectations.
- In Dagster every expectation is a check on the asset it speaks of, told before a run is refused.

**Where it is kept.** Each run that tested something leaves `data/published/history/check_result/<instant>.parquet`,
also if it then published nothing. `published.check_result` holds them all, and `syfte rebuild` loses none, for they
cannot be made again from the landing: they belong into the backup. Of a row nothing is in them: a test answers yes or
no, of what a query finds only a constant leaves the database, and of an error only its kind is kept. Great
Expectations sends nothing anywhere.

**Time** is always the run's instant (`config.run.as_of`), so that a warehouse looked at later is as fresh as it was.

## Your own expectations
Files `expectations/*.yaml` in the project directory, one table each; `syfte check` reads them, and so does every run
before it reads anything. A mistake is told with file and line, like one in goals.yaml.

```yaml
{EXAMPLE}```

| key | meaning |
|---|---|
| `table` | `stage.name`, as in [published.md](published.md) and [tables.md](tables.md) |
| `says` | what should hold, as a sentence; it tells the results apart, so no two of a table are the same |
| `severity` | `error` or `warn`, see above |
| `why` | what it means if it does not hold, or where a threshold comes from: whoever sees it fail at night reads this |
| `never_null` | a column in which no row is without a value |
| `unique` | a column, or a list of columns, no two rows have the same of |
| `between` | `{{column, low, high}}`: no number outside, ends included; one of the two may be left out |
| `one_of` | `{{column, values}}`: no word but these |
| `not_above` | `{{lower, upper}}`: of two columns the one never above the other |
| `rows` | `{{at_least, at_most}}`: how many rows there are |
| `condition` | SQL that must be true for every row; a condition that is null is not true |
| `none_found` | a select over the warehouse's tables that must find nothing; the suite's own table is `checked` in it |

Exactly one of {", ".join(f"`{name}`" for name in TESTS)} says how it is tested; but for the last two, a row without a
value passes (except `never_null`). The SQL is read before it is run, and may do nothing but read tables of the
warehouse by functions that always give the same: no file, no setting, no clock (the run's instant is
`config.run.as_of`), no chance, nothing that writes. Whatever it selects, a constant is all that leaves the database.

## The suites
"""

_ABOUT = {
    "volumes": "does a source still give about what it gave? Each against its own past; silent while that is short.",
    "freshness": "is what stands as young as the run says?",
    "ranges": "what no row may be.",
    "drift": "has what a figure means changed under an unchanged name? By medians of logarithms and by shares, "
    "because figures of posts are skewed and a mean follows one viral post.",
    "reconciliation": "what came in stands in the marts, and what stands in the marts is what readers get.",
    "totals": "where a platform tells both the whole and the parts, they are held together.",
    "integrity": "what refers to something refers to something that is there.",
    "completeness": "was what is due read, and does what was not read stay unknown instead of becoming a zero?",
}


def page() -> str:
    """The page."""
    lines = [_OPENING]
    for kind, suites in groupby(SUITES, key=lambda suite: suite.kind):
        lines += [f"### {kind.capitalize()}", _first_up(_ABOUT[kind])]
        lines += ["", "| table | expectation | severity | why |", "|---|---|---|---|"]
        lines += [
            f"| `{suite.table}` | {_cell(one.says)} | {one.severity} | {_cell(one.why)} |"
            for suite in suites
            for one in suite.expectations
        ]
        lines.append("")
    return "\n".join(lines)


def _first_up(text: str) -> str:
    return text[0].upper() + text[1:]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
