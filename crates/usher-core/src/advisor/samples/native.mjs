import { createServer } from "node:http";
import * as client from "openid-client";

const config = await client.discovery(
  new URL("%ISSUER%"),
  "%CLIENT_ID%",
  undefined,
  client.None(),
%INSECURE_OPTION%);

// A port of the system's choice: register http://127.0.0.1/callback, the port may vary.
const listener = createServer();
await new Promise((ready) => listener.listen(0, "127.0.0.1", ready));
const redirectUri = `http://127.0.0.1:${listener.address().port}/callback`;

const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri,
  scope: "openid profile email",
  state,
  nonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
});
console.log(`Open this address in your browser:\n${url.href}`);

const answer = await new Promise((found) => {
  listener.on("request", (req, res) => {
    const at = new URL(req.url, redirectUri);
    if (at.pathname !== "/callback") return res.writeHead(404).end();
    res.end("You can close this window.");
    found(at);
  });
});
listener.close();
const tokens = await client.authorizationCodeGrant(config, answer, {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
console.log("Signed in:", tokens.claims().sub);
