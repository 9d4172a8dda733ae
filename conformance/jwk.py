"""Writes the P-256 keys of PEM files as JSON Web Keys (RFC 7517), for the two clients of the suite's configuration.

  python3 jwk.py key-1.pem public toml             one public key as a TOML inline table
  python3 jwk.py key-1.pem key-2.pem private clients   the suite's members "client" and "client2" with private keys
"""
import base64
import json
import subprocess
import sys

*files, kind, form = sys.argv[1:]


def number(text, label, size):
    """The number that openssl prints in hexadecimal below a label."""
    after = text.split(label + ":\n")[1]
    lines = []
    for line in after.splitlines():
        if not line.startswith("    "):
            break
        lines.append(line.strip())
    return bytes.fromhex("".join(lines).replace(":", ""))[-size:].rjust(size, b"\0")


def jwk(file, name):
    text = subprocess.run(["openssl", "ec", "-in", file, "-noout", "-text"], check=True, capture_output=True, text=True).stdout
    point, encode = number(text, "pub", 65), lambda b: base64.urlsafe_b64encode(b).rstrip(b"=").decode()
    key = {"kty": "EC", "crv": "P-256", "kid": name, "use": "sig", "alg": "ES256",
           "x": encode(point[1:33]), "y": encode(point[33:])}
    return key | ({"d": encode(number(text, "priv", 32))} if kind == "private" else {})


keys = [jwk(file, file.removesuffix(".pem")) for file in files]
if form == "toml":
    print("{ " + ", ".join(f'{name} = "{value}"' for name, value in keys[0].items()) + " }")
else:
    print(json.dumps({name: {"client_id": key["kid"], "jwks": {"keys": [key]}} for name, key in zip(("client", "client2"), keys)}))
