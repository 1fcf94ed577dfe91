# shellcheck shell=bash
# The load generator: Java. lab brings the benchmark and starts it over Systems Manager, and a run counts as requests do elsewhere.
prepare_machine
install_java
write_file activity </dev/null
auto_stop "file://$LEADLINE_HOME/activity"
ready "the load generator"
