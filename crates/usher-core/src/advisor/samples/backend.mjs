import express from "express";
import session from "express-session";
import * as client from "openid-client";

const redirectUri = "%REDIRECT_URI%";
const config = await client.discovery(
  new URL("%ISSUER%"),
  "%CLIENT_ID%",
  undefined,
  client.ClientSecretBasic(process.env.CLIENT_SECRET),
%INSECURE_OPTION%);

const app = express();
app.set("trust proxy", 1);
app.use(session({
  secret: process.env.SESSION_SECRET,
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: "lax", secure: redirectUri.startsWith("https:") },
}));

app.get("/login", async (req, res) => {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  req.session.begun = { verifier, state, nonce };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: "openid profile email",
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  res.redirect(url.href);
});

app.get(new URL(redirectUri).pathname, async (req, res) => {
  const begun = req.session.begun;
  if (!begun) return res.redirect("/login");
  const tokens = await client.authorizationCodeGrant(config, new URL(req.originalUrl, redirectUri), {
    pkceCodeVerifier: begun.verifier,
    expectedState: begun.state,
    expectedNonce: begun.nonce,
    idTokenExpected: true,
  });
  // A new session for the person who is signed in now; the old one may be known to somebody else.
  req.session.regenerate(() => {
    req.session.person = tokens.claims().sub;
    req.session.save(() => res.redirect("/"));
  });
});

app.get("/", (req, res) => {
  res.type("text").send(req.session.person ? `Signed in: ${req.session.person}` : "Open /login to sign in.");
});

app.listen(process.env.PORT ?? 3000);
