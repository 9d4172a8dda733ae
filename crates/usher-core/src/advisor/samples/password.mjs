import * as client from "openid-client";

const config = await client.discovery(
  new URL("%ISSUER%"),
  "%CLIENT_ID%",
  undefined,
  client.ClientSecretBasic(process.env.CLIENT_SECRET),
%INSECURE_OPTION%);

// The password is used here and kept nowhere.
export async function signIn(username, password) {
  return client.genericGrantRequest(config, "password", {
    username,
    password,
    scope: "openid profile email offline_access",
  });
}
