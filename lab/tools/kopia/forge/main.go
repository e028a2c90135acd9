// Puts a manifest with any labels and any JSON into a repository, as whoever has its password can.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/kopia/kopia/repo"
	_ "github.com/kopia/kopia/repo/blob/filesystem"
)

type manifest struct {
	Labels map[string]string `json:"labels"`
	Data   json.RawMessage   `json:"data"`
}

func forge(ctx context.Context, config, password string, made manifest) error {
	opened, err := repo.Open(ctx, config, password, nil)
	if err != nil {
		return err
	}
	defer opened.Close(ctx)

	return repo.WriteSession(ctx, opened, repo.WriteSessionOptions{}, func(ctx context.Context, writer repo.RepositoryWriter) error {
		id, err := writer.PutManifest(ctx, made.Labels, made.Data)
		fmt.Println(id)

		return err
	})
}

func main() {
	var made manifest
	if err := json.NewDecoder(os.Stdin).Decode(&made); err != nil {
		log.Fatal(err)
	}

	if err := forge(context.Background(), os.Args[1], os.Getenv("KOPIA_PASSWORD"), made); err != nil {
		log.Fatal(err)
	}
}
