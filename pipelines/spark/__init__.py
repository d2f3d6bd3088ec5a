"""The SQL models on Spark, over Spark Connect (`engine: spark`): no model twice, and no Dagster.

`translating` puts a query into Spark's words, `connecting` opens a session and says what keeps it from opening,
`exchange` hands tables over as Parquet, `models` makes a model whose query is answered there. Nothing of it is imported
while the engine is DuckDB; pyspark-client and sqlglot are the extra `spark`.
"""
