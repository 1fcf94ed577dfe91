# shellcheck shell=bash
# The load generator: Java and the benchmark. lab starts it over Systems Manager, and a run counts as requests do elsewhere.
prepare_machine
install_java
fetch_asset "$JAR_BUCKET" "$JAR_KEY" bench.jar
write_file activity </dev/null
auto_stop "file://$LEADLINE_HOME/activity"
ready "the load generator"
