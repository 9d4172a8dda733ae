curl --fail --user "$ACCESS_KEY:$SECRET_KEY" \
  --data grant_type=client_credentials \
  --data-urlencode "scope=orders:*:read" \
  "%TOKEN%"
