"""The Python model of the blind codings: what people said about drawn posts becomes precision, recall and agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODING: dict[str, Any] = {
    "sample_id": pl.String,
    "goal_id": pl.String,
    "drawn_at": pl.Datetime("us", "UTC"),
    "sample_goals_version": pl.Int64,
    "frame_posts": pl.Int64,
    "posts": pl.Int64,
    "serving": pl.Int64,
    "matched": pl.Int64,
    "precision": pl.Float64,
    "precision_low": pl.Float64,
    "precision_high": pl.Float64,
    "recall": pl.Float64,
    "recall_low": pl.Float64,
    "recall_high": pl.Float64,
    "agreement": pl.Float64,
    "kappa": pl.Float64,
    "unresolved": pl.Int64,
}


def kpi_goal_coding(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """title: Precision and recall of the rules and agreement of the coders, per blind coding.

    grain: one row per sample and goal with a post that both coders coded
    key: [sample_id, goal_id]
    missing: precision is null where no coded post is matched, recall where none serves the goal, kappa where chance
      alone would have the coders agree on everything
    columns:
      sample_id: name of the draw
      goal_id: goal
      drawn_at: when it was drawn, UTC
      sample_goals_version: edition of goals.yaml when it was drawn
      frame_posts: posts it was drawn from
      posts: posts that both coders coded
      serving: posts that serve the goal; one that is not settled and not matched is counted
      matched: posts that the rules give the goal
      precision: share of the matched that serve the goal; one that is not settled does not count as serving
      precision_low: lower end of its Wilson interval
      precision_high: upper end
      recall: share of the serving that are matched
      recall_low: lower end of its Wilson interval
      recall_high: upper end
      agreement: share of posts on which the coders agree
      kappa: Cohen's kappa
      unresolved: posts on which the coders differ and nobody has adjudicated
    checks:
      - posts > 0 and unresolved <= posts
    """
    from pipelines.statistics.agreement import Coded, assess  # noqa: PLC0415  # not needed to read the contract

    level = float(frames["config.run"]["level"][0])
    rows: list[dict[str, object]] = []
    codings = frames["marts.fct_post_coding"].sort("sample_id", "goal_id", "post_id")
    for (sample_id, goal_id), own in codings.group_by("sample_id", "goal_id", maintain_order=True):
        found = assess(
            [Coded(*item) for item in own.select("coder_a", "coder_b", "serves", "is_matched").rows()], level
        )
        first = own.row(0, named=True)
        rows.append(
            {
                "sample_id": sample_id,
                "goal_id": goal_id,
                "drawn_at": first["drawn_at"],
                "sample_goals_version": first["sample_goals_version"],
                "frame_posts": first["frame_posts"],
                "posts": found.items,
                "serving": found.recall.of,
                "matched": found.precision.of,
                "precision": found.precision.value,
                "precision_low": found.precision.low,
                "precision_high": found.precision.high,
                "recall": found.recall.value,
                "recall_low": found.recall.low,
                "recall_high": found.recall.high,
                "agreement": found.agreement,
                "kappa": found.kappa,
                "unresolved": found.unresolved,
            }
        )
    return pl.DataFrame(rows, schema=_CODING)
