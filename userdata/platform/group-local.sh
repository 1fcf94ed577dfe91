# shellcheck shell=bash
# A member of a group that is one of several machines on one computer.
# What comes from the loopback's usual source is the front's, and has to begin with a PROXY header.
# shellcheck disable=SC2034 # common.sh reads it
FROM="--interface $LEADLINE_PRIVATE_ADDRESS"
private_address() { echo "$LEADLINE_PRIVATE_ADDRESS"; }
own_file() { :; }
group_secret() {
  local answer
  answer=$(retry curl --silent --show-error --fail --noproxy '*' --max-time 5 "${AWS_ENDPOINT_URL:-}/" \
    --header "Authorization: AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID:-}/20000101/$REGION/secretsmanager/aws4_request" \
    --header 'Content-Type: application/x-amz-json-1.1' --header 'X-Amz-Target: secretsmanager.GetSecretValue' \
    --data "{\"SecretId\": \"$GROUP_SECRET\"}")
  "$LEADLINE_PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["SecretString"])' <<<"$answer"
}

# The file stands for the metadata of the instance's lifecycle state.
watch_lifecycle() {
  write_file drain.sh <<'EOF'
until [[ $(cat target-lifecycle-state 2>/dev/null) == Terminated ]]; do sleep 1; done
pid=$(cat balancer.pid)
if [[ /proc/$pid/cwd -ef . ]]; then kill "$pid"; fi
EOF
  start_service drain 0 bash drain.sh
}
