package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func main() {
	config := clientcredentials.Config{
		ClientID:     os.Getenv("ACCESS_KEY"),
		ClientSecret: os.Getenv("SECRET_KEY"),
		TokenURL:     "%TOKEN%",
		Scopes:       []string{"orders:*:read"},
		AuthStyle:    oauth2.AuthStyleInHeader,
	}
	// config.Client(ctx) is an http.Client that asks for a new token whenever one is needed.
	token, err := config.Token(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.AccessToken)
}
