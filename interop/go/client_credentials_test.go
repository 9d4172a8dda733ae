package interop

// Client credentials (RFC 6749 section 4.4): no person, access token only. The application's own credentials, and access keys.

import (
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// credentials is how an application gets a token for itself.
func credentials(t *testing.T, id string, scopes ...string) *clientcredentials.Config {
	app := configure(t, id)
	return &clientcredentials.Config{
		ClientID:     id,
		ClientSecret: app.ClientSecret,
		TokenURL:     app.Endpoint.TokenURL,
		AuthStyle:    oauth2.AuthStyleInHeader,
		Scopes:       scopes,
	}
}

func TestClientCredentials(t *testing.T) {
	for _, id := range []string{"service", "access-key"} {
		t.Run(id, func(t *testing.T) {
			token, err := credentials(t, id, "orders:7:read", "orders:7:write").Token(t.Context())
			check(t, err)
			equal(t, token.Extra("scope"), any("orders:7:read"))
			equal(t, token.Extra("rejected_scope"), any("orders:7:write"))
			equal(t, token.RefreshToken, "")
			equal(t, token.Extra("id_token"), nil)
			equal(t, token.Valid(), true)
		})
	}
	t.Run("access-key in the body", func(t *testing.T) {
		config := credentials(t, "access-key", "orders:7:read")
		config.AuthStyle = oauth2.AuthStyleInParams
		_, err := config.Token(t.Context())
		check(t, err)
	})
	t.Run("a disabled access key", func(t *testing.T) {
		_, err := credentials(t, "disabled-key").Token(t.Context())
		refused(t, err, "invalid_client")
	})
	t.Run("an application without this mode", func(t *testing.T) {
		_, err := credentials(t, "basic").Token(t.Context())
		refused(t, err, "unauthorized_client")
	})
}
