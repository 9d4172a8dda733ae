package interop

// Resource owner password credentials (RFC 6749 section 4.3).

import "testing"

func TestPassword(t *testing.T) {
	t.Run("name and password", func(t *testing.T) {
		app := configure(t, "password").offline()
		token, err := app.PasswordCredentialsToken(t.Context(), "alice", "correct horse battery staple")
		check(t, err)
		equal(t, app.verify(t, token, "").Audience[0], "password")
		if token.RefreshToken == "" {
			t.Fatal("there is no refresh token")
		}
		info, err := app.provider.UserInfo(t.Context(), app.TokenSource(t.Context(), token))
		check(t, err)
		equal(t, info.Email, "alice@example.com")
	})
	t.Run("a wrong password", func(t *testing.T) {
		_, err := configure(t, "password").PasswordCredentialsToken(t.Context(), "alice", "wrong")
		refused(t, err, "invalid_grant")
	})
	t.Run("an application without this mode", func(t *testing.T) {
		_, err := configure(t, "basic").PasswordCredentialsToken(t.Context(), "alice", "correct horse battery staple")
		refused(t, err, "unauthorized_client")
	})
}
