import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session

app = Flask(__name__)
app.secret_key = os.environ["SESSION_SECRET"]
app.config.update(
    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE="%REDIRECT_URI%".startswith("https:"),
)
oauth = OAuth(app)
oauth.register(
    "usher",
    client_id="%CLIENT_ID%",
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url="%DISCOVERY%",
    client_kwargs={
        "scope": "openid profile email",
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "client_secret_basic",
    },
)


@app.get("/login")
def login():
    return oauth.usher.authorize_redirect("%REDIRECT_URI%")


@app.get("%REDIRECT_PATH%")
def callback():
    token = oauth.usher.authorize_access_token()
    session.clear()
    session["person"] = token["userinfo"]["sub"]
    return redirect("/")


@app.get("/")
def home():
    person = session.get("person")
    return f"Signed in: {person}" if person else "Open /login to sign in."
