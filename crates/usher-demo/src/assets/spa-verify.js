// What the single-page application checks before it believes an ID token (OpenID Connect Core §3.1.3.7 and §3.1.3.8), with the
// browser's own cryptography. Nothing here touches the page or the network.

const encoder = new TextEncoder();
const SKEW = 60;

/** Bytes as base64url without padding (RFC 7515, appendix C). */
function base64url(bytes) {
  let text = "";
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decode(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) throw new Error("not base64url");
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

/** 256 random bits as text. */
export function unguessable() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** RFC 7636 §4.2: the challenge of a verifier. */
export async function challenge(verifier) {
  return base64url(await crypto.subtle.digest("SHA-256", encoder.encode(verifier)));
}

// How Web Crypto calls the algorithms of `alg`: to import the key, to verify, and the hash of at_hash.
const ALGORITHMS = {
  RS256: [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, { name: "RSASSA-PKCS1-v1_5" }, "SHA-256"],
  PS256: [{ name: "RSA-PSS", hash: "SHA-256" }, { name: "RSA-PSS", saltLength: 32 }, "SHA-256"],
  ES256: [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }, "SHA-256"],
  EdDSA: [{ name: "Ed25519" }, { name: "Ed25519" }, "SHA-512"],
  Ed25519: [{ name: "Ed25519" }, { name: "Ed25519" }, "SHA-512"],
};

/** Takes a JWT apart; null where it is none. Nothing of it is true yet. */
export function takeApart(token) {
  const parts = token.split(".");
  if (parts.length !== 3) return null;
  try {
    const [header, payload] = parts.slice(0, 2).map((part) => new TextDecoder("utf-8", { fatal: true }).decode(decode(part)));
    return { header, payload, head: JSON.parse(header), claims: JSON.parse(payload), signed: `${parts[0]}.${parts[1]}`, signature: decode(parts[2]) };
  } catch {
    return null;
  }
}

/** A check and what it found. */
export const check = (name, holds, right, wrong) => ({ name, verdict: holds ? "right" : "wrong", says: holds ? right : wrong });
const absent = (name, says) => ({ name, verdict: "absent", says });
const same = (name, found, expected) => check(name, found === expected, expected, `${found ?? "absent"}, but ${expected} was expected`);

/** Whether a token is signed by the key that it names. The key's own `alg` decides, never the token's. */
export async function signature(parts, keys) {
  const NAME = "signature";
  const { alg, kid } = parts.head;
  const jwk = keys.find((key) => key.kid === kid && key.alg === alg && (key.use ?? "sig") === "sig");
  if (!jwk || !Object.hasOwn(ALGORITHMS, alg)) return check(NAME, false, "", "the key set has no key with this kid and algorithm");
  const [imported, verified] = ALGORITHMS[alg];
  const { kty, n, e, crv, x, y } = jwk;
  try {
    const key = await crypto.subtle.importKey("jwk", JSON.parse(JSON.stringify({ kty, n, e, crv, x, y })), imported, false, ["verify"]);
    const holds = await crypto.subtle.verify(verified, key, parts.signature, encoder.encode(parts.signed));
    return check(NAME, holds, `${alg}, by the key "${kid}" of usher's key set`, "the signature does not match");
  } catch (error) {
    return check(NAME, false, "", `this browser cannot check ${alg}: ${error.message}`);
  }
}

/** Checks an ID token. `expected` holds issuer, client_id, nonce, access_token, max_age and, after a refresh, sub. */
export async function verifyIdToken(token, keys, expected) {
  const parts = takeApart(token);
  if (!parts) return { header: "", payload: token, checks: [check("form", false, "", "not a signed JSON Web Token")], subject: null };
  const report = { header: parts.header, payload: parts.payload, checks: [await signature(parts, keys)], subject: null };
  const typ = parts.head.typ ?? "JWT";
  report.checks.push(check("typ: it is an ID token", typ.toUpperCase() === "JWT", typ, `${typ} is another kind of token`));
  // Nothing of a token whose signature is wrong is worth a look.
  if (report.checks.some((c) => c.verdict === "wrong")) return report;
  const { claims } = parts;
  const now = Math.floor(Date.now() / 1000);
  const audience = [claims.aud].flat();
  report.checks.push(
    same("iss: who issued it", claims.iss, expected.issuer),
    check("aud: for whom it is", audience.includes(expected.client_id), `${expected.client_id}: this application`, `it is not meant for ${expected.client_id}`),
    claims.azp === undefined ? absent("azp: who asked for it", "absent, and needed only where there are several audiences") : same("azp: who asked for it", claims.azp, expected.client_id),
    check("exp and iat: when it is valid", claims.exp > now - SKEW && claims.iat <= now + SKEW, `for another ${Math.max(0, claims.exp - now)} seconds`, "not at this time"),
    expected.nonce ? same("nonce: it answers this very request", claims.nonce, expected.nonce) : absent("nonce: it answers this very request", "none was sent"),
    await accessTokenHash(parts.head.alg, claims.at_hash, expected.access_token),
  );
  if (expected.max_age) {
    const age = now - claims.auth_time;
    report.checks.push(check("auth_time: no older than max_age", age <= Number(expected.max_age) + SKEW, `the person signed in ${Math.max(0, age)} seconds ago`, "too long ago, or missing"));
  }
  report.checks.push(expected.sub
    ? same("sub: the same person as before", claims.sub, expected.sub)
    : check("sub: who signed in", typeof claims.sub === "string" && claims.sub !== "", `${claims.sub}: what the application knows this person by`, "there is none"));
  if (report.checks.every((c) => c.verdict !== "wrong")) report.subject = claims.sub;
  return report;
}

async function accessTokenHash(alg, found, accessToken) {
  const NAME = "at_hash: it belongs to this access token";
  if (found === undefined) return absent(NAME, "absent, which is allowed in the code flow");
  const whole = await crypto.subtle.digest(ALGORITHMS[alg][2], encoder.encode(accessToken));
  return same(NAME, found, base64url(whole.slice(0, whole.byteLength / 2)));
}
