# Name and password come from the environment, so that neither stands in the shell's history.
curl --fail --user "%CLIENT_ID%:$CLIENT_SECRET" \
  --data grant_type=password \
  --data-urlencode "username=$LOGIN_NAME" \
  --data-urlencode "password=$LOGIN_PASSWORD" \
  --data-urlencode "scope=openid profile email" \
  "%TOKEN%"
