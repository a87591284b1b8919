"""An application with Flask and requests-oauthlib, after its documentation's example for refreshing tokens.

The session (a signed cookie) holds the token; OAuth2Session refreshes it on the way to the API, and token_updater stores the new one.
"""
import os

from flask import Flask, jsonify, redirect, request, session
from requests_oauthlib import OAuth2Session

issuer = os.environ["ISSUER"]
client_id = os.environ["CLIENT_ID"]
client_secret = os.environ["CLIENT_SECRET"]
redirect_uri = os.environ["APP_ORIGIN"] + "/callback"
token_url = issuer + "/token"
scope = ["openid", "profile", "email"]

app = Flask(__name__)
app.secret_key = os.environ["SECRET"]


@app.get("/")
def home():
    return "Hello"


@app.get("/login")
def login():
    provider = OAuth2Session(client_id, scope=scope, redirect_uri=redirect_uri, pkce="S256")
    url, state = provider.authorization_url(issuer + "/auth")
    session["oauth_state"] = state
    session["code_verifier"] = provider._code_verifier
    return redirect(url)


@app.get("/callback")
def callback():
    provider = OAuth2Session(client_id, redirect_uri=redirect_uri, state=session["oauth_state"])
    token = provider.fetch_token(
        token_url,
        client_secret=client_secret,
        include_client_id=True,
        code_verifier=session["code_verifier"],
        authorization_response=request.url,
    )
    session.clear()
    session["oauth_token"] = token
    return redirect("/")


@app.get("/api/me")
def me():
    if "oauth_token" not in session:
        return jsonify({}), 401

    def token_updater(token):
        session["oauth_token"] = token

    provider = OAuth2Session(
        client_id,
        token=session["oauth_token"],
        auto_refresh_kwargs={"client_id": client_id, "client_secret": client_secret},
        auto_refresh_url=token_url,
        token_updater=token_updater,
    )
    answer = provider.get(issuer + "/me")
    return jsonify(answer.json()), answer.status_code


app.run(port=int(os.environ["PORT"]), threaded=True)
