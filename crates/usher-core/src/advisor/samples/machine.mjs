import * as client from "openid-client";

const config = await client.discovery(
  new URL("%ISSUER%"),
  process.env.ACCESS_KEY,
  undefined,
  client.ClientSecretBasic(process.env.SECRET_KEY),
%INSECURE_OPTION%);

let tokens;
let until = 0;

// The same token until half a minute before its end.
export async function accessToken() {
  if (Date.now() >= until) {
    tokens = await client.clientCredentialsGrant(config, { scope: "orders:*:read" });
    until = Date.now() + (tokens.expires_in - 30) * 1000;
  }
  return tokens.access_token;
}

console.log(await accessToken());
