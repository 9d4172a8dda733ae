package interop

// What is done with tokens: refresh (RFC 6749 section 6) and UserInfo (OpenID Connect Core section 5.3).

import (
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// consent is the person's word, without which there is no refresh token.
var consent = oauth2.SetAuthURLParam("prompt", "consent")

func TestRefreshToken(t *testing.T) {
	apps := map[string]func(*testing.T) *application{
		"a confidential client": func(t *testing.T) *application { return configure(t, "basic") },
		"a public client":       func(t *testing.T) *application { return configure(t, "public").public() },
	}
	for name, app := range apps {
		t.Run(name, func(t *testing.T) {
			app := app(t).offline()
			first, id := app.signIn(t, consent)
			first.Expiry = time.Now().Add(-time.Minute)
			second, err := app.TokenSource(t.Context(), first).Token()
			check(t, err)
			if second.RefreshToken == first.RefreshToken || second.AccessToken == first.AccessToken {
				t.Fatal("the tokens did not change")
			}
			equal(t, app.verify(t, second, id.Nonce).Subject, id.Subject)
			_, err = app.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(second))
			check(t, err)
		})
	}
	t.Run("a token that nobody knows", func(t *testing.T) {
		_, err := configure(t, "basic").TokenSource(t.Context(), &oauth2.Token{RefreshToken: "unknown"}).Token()
		refused(t, err, "invalid_grant")
	})
}

func TestUserinfo(t *testing.T) {
	for _, client := range []string{"basic", "opaque"} {
		t.Run("the claims of the scopes for "+client, func(t *testing.T) {
			app := configure(t, client)
			token, id := app.signIn(t)
			info, err := app.provider.UserInfo(t.Context(), app.TokenSource(t.Context(), token))
			check(t, err)
			equal(t, info.Subject, id.Subject)
			equal(t, info.Email, "alice@example.com")
			equal(t, info.EmailVerified, true)
			var claims struct {
				Name string `json:"name"`
			}
			check(t, info.Claims(&claims))
			equal(t, claims.Name, "Alice Arden")
		})
	}
	t.Run("a token that is none", func(t *testing.T) {
		app := configure(t, "basic")
		if _, err := app.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "none"})); err == nil {
			t.Fatal("it was taken")
		}
	})
}
