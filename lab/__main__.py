"""``python -m lab VERB``, called by deploy.sh."""

import sys

try:
    from lab.cli import main

    sys.exit(main(sys.argv[1:]))
except KeyboardInterrupt:  # before the verb began, or at the very end
    sys.exit(130)
