"""Object storage: the landing shipped to it and fetched from it, and the published tables written there.

Any place that fsspec has a filesystem for will do (S3 with the extra `objects`). Objects are never changed: each bears
the SHA-256 of its content in its name, and what there is at a time is said by one small object that is written last.
No Dagster, no goals.yaml, no HTTP of our own. fsspec is imported when it is needed.
"""
