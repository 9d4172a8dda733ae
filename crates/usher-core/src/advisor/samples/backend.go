package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const redirectURI = "%REDIRECT_URI%"

func main() {
	provider, err := oidc.NewProvider(context.Background(), "%ISSUER%")
	if err != nil {
		log.Fatal(err)
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	config := oauth2.Config{
		ClientID:     "%CLIENT_ID%",
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     endpoint,
		RedirectURL:  redirectURI,
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email"},
	}
	idTokens := provider.Verifier(&oidc.Config{ClientID: config.ClientID})
	callback, err := url.Parse(redirectURI)
	if err != nil {
		log.Fatal(err)
	}

	http.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
		http.SetCookie(w, &http.Cookie{
			Name:     "begun",
			Value:    state + "." + nonce + "." + verifier,
			Path:     callback.Path,
			MaxAge:   1800,
			HttpOnly: true,
			Secure:   callback.Scheme == "https",
			SameSite: http.SameSiteLaxMode,
		})
		http.Redirect(w, r, config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusSeeOther)
	})

	http.HandleFunc(callback.Path, func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("begun")
		if err != nil {
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		begun := strings.Split(cookie.Value, ".")
		if len(begun) != 3 || subtle.ConstantTimeCompare([]byte(begun[0]), []byte(r.FormValue("state"))) != 1 {
			http.Error(w, "this sign-in was begun elsewhere", http.StatusBadRequest)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "begun", Path: callback.Path, MaxAge: -1})
		tokens, err := config.Exchange(r.Context(), r.FormValue("code"), oauth2.VerifierOption(begun[2]))
		if err != nil {
			http.Error(w, "the sign-in failed", http.StatusBadGateway)
			return
		}
		raw, _ := tokens.Extra("id_token").(string)
		idToken, err := idTokens.Verify(r.Context(), raw)
		if err != nil || idToken.Nonce != begun[1] {
			http.Error(w, "the ID token is not for this sign-in", http.StatusBadGateway)
			return
		}
		// Here the application begins a session of its own for idToken.Subject.
		fmt.Fprintf(w, "Signed in: %s\n", idToken.Subject)
	})

	log.Fatal(http.ListenAndServe("127.0.0.1:3000", nil))
}
