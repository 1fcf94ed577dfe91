#!/usr/bin/env -S bash
# The lab in one script: ./deploy.sh local, or ./deploy.sh help. Prepares Python, then hands the verb to lab/.
# Runs with the bash 3.2 and the BSD tools of macOS, as tools/setup does. (-S drops the CR that Windows puts behind "bash".)
if [[ $(head -n 1 "${BASH_SOURCE[0]}") == *$'\r' ]]; then echo "error: the files of this folder have Windows line ends (CR LF). A newer clone has none; in this one: git rm -r -q --cached . && git reset -q --hard (this throws local changes away)" >&2; exit 2; fi #
set -euo pipefail
case $(uname -s) in
  MINGW* | MSYS* | CYGWIN*)
    echo "error: Windows itself does not run the lab: run ./deploy.sh in WSL 2 (wsl --install), in a clone in its home folder" >&2
    exit 2
    ;;
esac
# Java reads file names as the locale says, and a folder's name may have letters that only UTF-8 has. macOS always takes UTF-8.
if [[ $(uname -s) != Darwin && $(locale charmap 2>/dev/null) != UTF-8 ]]; then export LC_ALL=C.UTF-8; fi
root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
# Images of containers set it. Without compiled files every verb, and the emulator, compiles some 1,500 modules anew.
unset PYTHONDONTWRITEBYTECODE
what=python
if [[ ${1:-up} =~ ^(up|local|-.*)$ && " $* " != *" -h "* && " $* " != *" --help "* ]]; then what=lab; fi
"$root/tools/setup" "$what" "${1:-up}"
# -P: a folder named lab where the user happens to stand is not ours.
PYTHONPATH=$root exec "$root/.leadline/venv/bin/python" -P -m lab "$@"
