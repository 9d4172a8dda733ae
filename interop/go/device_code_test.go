package interop

// Device authorization (RFC 8628). The client waits between its questions as long as the server says.

import (
	"testing"

	"golang.org/x/oauth2"
)

func TestDeviceCode(t *testing.T) {
	for name, allows := range map[string]bool{"a person allows it": true, "a person refuses": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := configure(t, "device").public().offline()
			device, err := app.DeviceAuth(t.Context())
			check(t, err)
			alice := newPerson(t)
			alice.allows = allows
			alice.confirm(t, device.VerificationURIComplete)
			token, err := app.DeviceAccessToken(t.Context(), device)
			if !allows {
				refused(t, err, "access_denied")
				return
			}
			check(t, err)
			equal(t, app.verify(t, token, "").Audience[0], "device")
			_, err = app.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
			check(t, err)
			if token.RefreshToken == "" {
				t.Fatal("there is no refresh token")
			}
		})
	}
	t.Run("an application without this mode", func(t *testing.T) {
		_, err := configure(t, "public").public().DeviceAuth(t.Context())
		refused(t, err, "unauthorized_client")
	})
}
