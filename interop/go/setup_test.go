// Package interop runs golang.org/x/oauth2 and github.com/coreos/go-oidc against a server, one test function for each mode.
package interop

// What every mode needs: the server, its applications, and one whole sign-in by authorization code.

import (
	"errors"
	"net/url"
	"os"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const callback = "https://client.test/callback"

var issuer = os.Getenv("INTEROP_ISSUER")

func secretOf(id string) string {
	return id + "-secret-0123456789-0123456789-0123456789"
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, actual, expected T) {
	t.Helper()
	if actual != expected {
		t.Fatalf("%v is expected, but it is %v", expected, actual)
	}
}

// application is an application with what it found out about the server.
type application struct {
	oauth2.Config
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
}

func configure(t *testing.T, id string) *application {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), issuer)
	check(t, err)
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	config := oauth2.Config{
		ClientID:     id,
		ClientSecret: secretOf(id),
		Endpoint:     endpoint,
		RedirectURL:  callback,
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email"},
	}
	return &application{config, provider, provider.Verifier(&oidc.Config{ClientID: id})}
}

// offline asks for a refresh token, which needs the person's word.
func (a *application) offline() *application {
	a.Scopes = append(a.Scopes, oidc.ScopeOfflineAccess)
	return a
}

// public has no secret.
func (a *application) public() *application {
	a.ClientSecret = ""
	a.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	a.RedirectURL = "http://127.0.0.1:49152/callback"
	return a
}

// response checks state and issuer of an authorization response (RFC 9207); its parameters.
func response(t *testing.T, parameters url.Values, state string) url.Values {
	t.Helper()
	equal(t, parameters.Get("error"), "")
	equal(t, parameters.Get("state"), state)
	equal(t, parameters.Get("iss"), issuer)
	return parameters
}

// signIn signs alice in by authorization code with PKCE; the tokens, and the ID token that was verified.
func (a *application) signIn(t *testing.T, options ...oauth2.AuthCodeOption) (*oauth2.Token, *oidc.IDToken) {
	t.Helper()
	state, nonce, verifier := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	options = append(options, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce))
	back := newPerson(t).goTo(t, a.AuthCodeURL(state, options...))
	code := response(t, back.Query(), state).Get("code")
	token, err := a.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
	check(t, err)
	return token, a.verify(t, token, nonce)
}

// verify verifies the ID token that came with a token, and that the two belong together.
func (a *application) verify(t *testing.T, token *oauth2.Token, nonce string) *oidc.IDToken {
	t.Helper()
	raw, _ := token.Extra("id_token").(string)
	id, err := a.verifier.Verify(t.Context(), raw)
	check(t, err)
	equal(t, id.Nonce, nonce)
	check(t, id.VerifyAccessToken(token.AccessToken))
	return id
}

// refused checks that an error is the token endpoint's.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		t.Fatalf("%s is expected, but it is %v", code, err)
	}
	equal(t, answer.ErrorCode, code)
}
