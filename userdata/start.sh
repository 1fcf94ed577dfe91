# shellcheck shell=bash
# The first lines of every script. All functions travel packed, because EC2 takes 16 KB, and the role is one of them (run_role);
# on the instance they are a file to read.
set -Eeuo pipefail
umask 022
: "${LEADLINE_ROOT:=}" # another root directory, for tests
export LEADLINE_HOME=${LEADLINE_MACHINE:-$LEADLINE_ROOT/opt/leadline}
mkdir -p "$LEADLINE_HOME"
base64 --decode <<'END_OF_FILE' | gunzip >"$LEADLINE_HOME/functions.sh"
FUNCTIONS
END_OF_FILE
# shellcheck source=/dev/null
source "$LEADLINE_HOME/functions.sh"
