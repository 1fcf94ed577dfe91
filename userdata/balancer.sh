# shellcheck shell=bash
# The balancer: the application to warm up against, for itself alone unless this is a target's host too, and then our jar.
prepare_machine
install_python
${GROUP_SECRET:+join_group}
here=$(loopback_host)
counts=http://$here:9901/metrics
if [[ -n $CLUSTER ]]; then
  start_app "$(listen_host)"
  counts+=" http://$here:$APP_PORT/health"
else
  start_app "$here"
fi

install_java
fetch_asset "$JAR_BUCKET" "$JAR_KEY" balancer.jar
# These values exist only on the instance. The secret is the key of sticky sessions. The policy is a tag, so that another one
# makes no new instance.
yaml=$LEADLINE_HOME/balancer.yaml
p=$(policy)
secret=$(od -An -tx8 -N24 /dev/urandom | tr -d ' \n')
sed -i "s/@LISTEN_HOST@/$(listen_host)/;s/@LOOPBACK_HOST@/$here/;s/@INSTANCE_ID@/$(instance_id)/;s/@SECRET@/$secret/;/^ *policy:/c\    policy: $p" "$yaml"

# BALANCER_TLS: none, self-signed, or the ARN of a secret {"certificate": PEM, "key": PEM}. Only the service's user reads the key.
scheme=http
if [[ ${BALANCER_TLS:-none} != none ]]; then
  scheme=https tls=$LEADLINE_HOME/tls
  provide_certificate "$tls"
  sed -i "s|^listener: {|&tls: {certificate: $tls/certificate, key: $tls/key}, |" "$yaml"
fi

# A small serial heap costs a request nothing.
start_service balancer "$LISTENER_PORT" "$(java)" -Xms256m -Xmx256m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError \
  -jar "$LEADLINE_HOME/balancer.jar" serve --config "$yaml"
await_service balancer "$scheme://$here:$LISTENER_PORT/"
auto_stop "$counts"
ready "the balancer"
