#!/usr/bin/env bash
# The lab in one script: ./deploy.sh local, or ./deploy.sh help. Prepares Python, then hands the verb to lab/.
set -euo pipefail
root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
what=python
if [[ ${1:-up} =~ ^(up|local|-.*)$ && " $* " != *" -h "* && " $* " != *" --help "* ]]; then what=lab; fi
"$root/tools/setup" "$what"
# -P: a folder named lab where the user happens to stand is not ours.
PYTHONPATH=$root exec "$root/.leadline/venv/bin/python" -P -m lab "$@"
