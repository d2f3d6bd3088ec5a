"""`python -m pipelines.cli`, where the `syfte` script is not on the path."""

import sys

from pipelines.cli import main

sys.exit(main())
