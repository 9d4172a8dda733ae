package interop

// Authorization code (RFC 6749 section 4.1, OpenID Connect Core section 3.1) with PKCE (RFC 7636).

import (
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/authhandler"
)

func TestAuthorizationCode(t *testing.T) {
	styles := map[string]oauth2.AuthStyle{
		"client_secret_basic":                          oauth2.AuthStyleInHeader,
		"client_secret_basic, found out by the client": oauth2.AuthStyleAutoDetect,
	}
	for name, style := range styles {
		t.Run(name, func(t *testing.T) {
			app := configure(t, "basic")
			app.Endpoint.AuthStyle = style
			token, id := app.signIn(t)
			equal(t, token.Type(), "Bearer")
			equal(t, id.Audience[0], "basic")
			equal(t, token.RefreshToken, "")
		})
	}
	t.Run("client_secret_post", func(t *testing.T) {
		app := configure(t, "post")
		app.Endpoint.AuthStyle = oauth2.AuthStyleInParams
		_, id := app.signIn(t)
		equal(t, id.Audience[0], "post")
	})
	t.Run("a public client with PKCE", func(t *testing.T) {
		_, id := configure(t, "public").public().signIn(t)
		equal(t, id.Audience[0], "public")
	})
	t.Run("response_mode=form_post", func(t *testing.T) {
		_, id := configure(t, "basic").signIn(t, oauth2.SetAuthURLParam("response_mode", "form_post"))
		equal(t, id.Audience[0], "basic")
	})
	t.Run("by authhandler", func(t *testing.T) {
		app := configure(t, "basic")
		visit := func(address string) (string, string, error) {
			back := newPerson(t).goTo(t, address).Query()
			return back.Get("code"), back.Get("state"), nil
		}
		verifier := oauth2.GenerateVerifier()
		pkce := &authhandler.PKCEParams{
			Challenge:       oauth2.S256ChallengeFromVerifier(verifier),
			ChallengeMethod: "S256",
			Verifier:        verifier,
		}
		token, err := authhandler.TokenSourceWithPKCE(t.Context(), &app.Config, "a state", visit, pkce).Token()
		check(t, err)
		app.verify(t, token, "")
	})
	t.Run("a person who refuses", func(t *testing.T) {
		alice := newPerson(t)
		alice.allows = false
		address := configure(t, "basic").AuthCodeURL("a state", consent)
		back := alice.goTo(t, address).Query()
		equal(t, back.Get("error"), "access_denied")
		equal(t, back.Get("state"), "a state")
	})
	t.Run("a code is spent once", func(t *testing.T) {
		app := configure(t, "basic")
		code := newPerson(t).goTo(t, app.AuthCodeURL("a state")).Query().Get("code")
		_, err := app.Exchange(t.Context(), code)
		check(t, err)
		_, err = app.Exchange(t.Context(), code)
		refused(t, err, "invalid_grant")
	})
	t.Run("a wrong secret", func(t *testing.T) {
		app := configure(t, "basic")
		app.ClientSecret = secretOf("other")
		_, err := app.Exchange(t.Context(), "a code")
		refused(t, err, "invalid_client")
	})
}

func TestSigningAlgorithms(t *testing.T) {
	algorithms := map[string]string{
		"basic": oidc.RS256,
		"PS256": oidc.PS256,
		"ES256": oidc.ES256,
		"EdDSA": oidc.EdDSA,
	}
	for client, algorithm := range algorithms {
		t.Run(algorithm, func(t *testing.T) {
			app := configure(t, client)
			config := oidc.Config{ClientID: client, SupportedSigningAlgs: []string{algorithm}}
			app.verifier = app.provider.Verifier(&config)
			_, id := app.signIn(t)
			equal(t, id.Audience[0], client)
		})
	}
}
