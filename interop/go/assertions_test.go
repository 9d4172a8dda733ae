package interop

// What is asked for with a JWT: private_key_jwt and the JWT bearer grant (RFC 7523), and token exchange (RFC 8693). The clients hand
// on the parameters, and x/oauth2/jws signs.

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jws"
)

const (
	bearer      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	exchange    = "urn:ietf:params:oauth:grant-type:token-exchange"
	accessToken = "urn:ietf:params:oauth:token-type:access_token"
)

// assertion is a JWT signed by the applications' key.
func assertion(t *testing.T, claims jws.ClaimSet) string {
	t.Helper()
	text, err := os.ReadFile(os.Getenv("INTEROP_KEY"))
	check(t, err)
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	check(t, err)
	claims.Exp = time.Now().Add(time.Minute).Unix()
	claims.PrivateClaims = map[string]any{"jti": oauth2.GenerateVerifier()}
	signed, err := jws.Encode(&jws.Header{Algorithm: "RS256", Typ: "JWT"}, &claims, key.(*rsa.PrivateKey))
	check(t, err)
	return signed
}

func TestPrivateKeyJwt(t *testing.T) {
	app := configure(t, "private-key-jwt")
	app.ClientSecret = ""
	app.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	code := newPerson(t).goTo(t, app.AuthCodeURL("a state")).Query().Get("code")
	signed := assertion(t, jws.ClaimSet{Iss: app.ClientID, Sub: app.ClientID, Aud: issuer})
	token, err := app.Exchange(t.Context(), code,
		oauth2.SetAuthURLParam("client_assertion", signed),
		oauth2.SetAuthURLParam("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
	check(t, err)
	equal(t, app.verify(t, token, "").Audience[0], app.ClientID)
}

func TestJwtBearer(t *testing.T) {
	claims := jws.ClaimSet{Iss: "https://issuer.test", Sub: "alice", Aud: issuer}
	t.Run("an assertion of a trusted issuer", func(t *testing.T) {
		config := credentials(t, "bearer", "openid", "email")
		config.EndpointParams = url.Values{"grant_type": {bearer}, "assertion": {assertion(t, claims)}}
		token, err := config.Token(t.Context())
		check(t, err)
		info, err := configure(t, "bearer").provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
		check(t, err)
		equal(t, info.Email, "alice@example.com")
		_, err = config.Token(t.Context())
		refused(t, err, "invalid_grant")
	})
	t.Run("an application without this mode", func(t *testing.T) {
		config := credentials(t, "basic")
		config.EndpointParams = url.Values{"grant_type": {bearer}, "assertion": {assertion(t, claims)}}
		_, err := config.Token(t.Context())
		refused(t, err, "unauthorized_client")
	})
}

func TestTokenExchange(t *testing.T) {
	subject, _ := configure(t, "basic").signIn(t)
	ask := func(t *testing.T, id, audience string) (*oauth2.Token, error) {
		config := credentials(t, id)
		config.EndpointParams = url.Values{
			"grant_type":         {exchange},
			"subject_token":      {subject.AccessToken},
			"subject_token_type": {accessToken},
			"audience":           {audience},
		}
		return config.Token(t.Context())
	}
	t.Run("a token of the same person for the API", func(t *testing.T) {
		token, err := ask(t, "exchange", "https://orders.test")
		check(t, err)
		equal(t, token.Extra("issued_token_type"), any(accessToken))
		equal(t, token.RefreshToken, "")
		// A JWT access token is verified as an API does: by the issuer's keys, for its own audience.
		api := configure(t, "api").provider.Verifier(&oidc.Config{ClientID: "https://orders.test"})
		_, err = api.Verify(t.Context(), token.AccessToken)
		check(t, err)
	})
	t.Run("another audience", func(t *testing.T) {
		_, err := ask(t, "exchange", "https://other.test")
		refused(t, err, "invalid_target")
	})
	t.Run("an application without this mode", func(t *testing.T) {
		_, err := ask(t, "basic", "https://orders.test")
		refused(t, err, "unauthorized_client")
	})
}
