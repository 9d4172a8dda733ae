package interop

// The implicit and the hybrid flow (OpenID Connect Core sections 3.2 and 3.3): the response type is a parameter that the clients
// hand on, and what comes back by the front channel is verified by them.

import (
	"net/url"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// ask sends alice through an authorization request with this response type; the response, from the fragment.
func (a *application) ask(t *testing.T, responseType, nonce string) url.Values {
	t.Helper()
	kind := oauth2.SetAuthURLParam("response_type", responseType)
	back := newPerson(t).goTo(t, a.AuthCodeURL("a state", kind, oidc.Nonce(nonce)))
	equal(t, back.RawQuery, "")
	values, err := url.ParseQuery(back.EscapedFragment())
	check(t, err)
	return values
}

// frontToken is what came by the front channel, as the clients have it after a token request.
func frontToken(values url.Values) *oauth2.Token {
	token := &oauth2.Token{AccessToken: values.Get("access_token"), TokenType: values.Get("token_type")}
	return token.WithExtra(map[string]any{"id_token": values.Get("id_token")})
}

func TestImplicit(t *testing.T) {
	t.Run("id_token", func(t *testing.T) {
		app := configure(t, "implicit")
		values := response(t, app.ask(t, "id_token", "a nonce"), "a state")
		id, err := app.verifier.Verify(t.Context(), values.Get("id_token"))
		check(t, err)
		equal(t, id.Nonce, "a nonce")
		equal(t, values.Get("access_token"), "")
	})
	t.Run("id_token token", func(t *testing.T) {
		app := configure(t, "implicit")
		token := frontToken(response(t, app.ask(t, "id_token token", "a nonce"), "a state"))
		id := app.verify(t, token, "a nonce")
		info, err := app.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
		check(t, err)
		equal(t, info.Subject, id.Subject)
	})
	t.Run("an application without this mode", func(t *testing.T) {
		equal(t, configure(t, "basic").ask(t, "id_token", "a nonce").Get("error"), "unauthorized_client")
	})
}

func TestHybrid(t *testing.T) {
	for _, kind := range []string{"code id_token", "code token", "code id_token token"} {
		t.Run(kind, func(t *testing.T) {
			app := configure(t, "hybrid")
			values := response(t, app.ask(t, kind, "a nonce"), "a state")
			if kind != "code token" {
				id, err := app.verifier.Verify(t.Context(), values.Get("id_token"))
				check(t, err)
				equal(t, id.Nonce, "a nonce")
			}
			if kind != "code id_token" {
				_, err := app.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(frontToken(values)))
				check(t, err)
			}
			if kind == "code id_token token" {
				app.verify(t, frontToken(values), "a nonce")
			}
			token, err := app.Exchange(t.Context(), values.Get("code"))
			check(t, err)
			app.verify(t, token, "a nonce")
		})
	}
	t.Run("an application without this mode", func(t *testing.T) {
		equal(t, configure(t, "basic").ask(t, "code id_token", "a nonce").Get("error"), "unauthorized_client")
	})
}
