#!/usr/bin/env bash
# The lab in one script: ./deploy.sh local, or ./deploy.sh help. Prepares Python, then hands the verb to lab/.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$root"
tools/setup python
exec .leadline/venv/bin/python -m lab "$@"
