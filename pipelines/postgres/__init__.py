"""The published tables in a PostgreSQL of the institution's, for dashboards that cannot open a DuckDB file.

Reads an open connection to the readers' database, writes into one schema of its own; no Dagster, no warehouse file, no
goals.yaml. And, in another schema, the ledger of allowances of runs on several machines. psycopg (extra `publish`) is
imported when it is needed.
"""
