# shellcheck shell=bash
# The balancer: the application for itself alone, to warm up against, and then our jar.
prepare_machine
install_python
start_app "$(loopback_host)"

install_java
fetch_asset "$JAR_BUCKET" "$JAR_KEY" balancer.jar
# These values exist only on the instance.
sed -i -e "s/@LISTEN_HOST@/$(listen_host)/" -e "s/@LOOPBACK_HOST@/$(loopback_host)/" \
  -e "s/@INSTANCE_ID@/$(instance_id)/" "$LEADLINE_HOME/balancer.yaml"

# BALANCER_TLS: none, self-signed, or the ARN of a secret {"certificate": PEM, "key": PEM}. Only the service's user reads the key.
scheme=http
if [[ ${BALANCER_TLS:-none} != none ]]; then
  scheme=https tls=$LEADLINE_HOME/tls
  provide_certificate "$tls"
  sed -i "s|^listener: {|&tls: {certificate: $tls/certificate, key: $tls/key}, |" "$LEADLINE_HOME/balancer.yaml"
fi

# Metrics, context switches of class loaders and buffer checks cost a tenth of a request; a small serial heap costs nothing.
start_service balancer "$LISTENER_PORT" "$(java)" -Xms256m -Xmx256m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError \
  -Dvertx.disableMetrics=true -Dvertx.disableTCCL=true -Dvertx.disableContextTimings=true \
  -Dvertx.disableWebsockets=true -Dio.netty.buffer.checkBounds=false -Dio.netty.buffer.checkAccessible=false \
  -jar "$LEADLINE_HOME/balancer.jar" serve --config "$LEADLINE_HOME/balancer.yaml"
await_service balancer "$scheme://$(loopback_host):$LISTENER_PORT/"
auto_stop "http://$(loopback_host):9901/metrics"
ready "the balancer"
