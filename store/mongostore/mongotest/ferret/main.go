// Ferret serves MongoDB's protocol with FerretDB on SQLite, for package mongotest. It
// prints host and port, and ends when its standard input does, with all its data.
//
// It is a program, and in a module of its own, because FerretDB's requirements would
// otherwise decide the versions of what is tested, and because FerretDB is many times
// slower under the race detector of a test.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/url"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	log.SetFlags(0)
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	dir, err := os.MkdirTemp("", "mongotest")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:   slog.New(slog.DiscardHandler),
		Handler:  "sqlite",
		// What is written need not survive the machine, so it does not wait for
		// the disk.
		SQLiteURL: "file:" + dir + "/?_pragma=synchronous(off)",
	})
	if err != nil {
		return err
	}
	u, err := url.Parse(db.MongoDBURI())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- db.Run(ctx) }()
	fmt.Println(u.Host)
	_, err = io.Copy(io.Discard, os.Stdin)
	cancel()
	return errors.Join(err, <-ended)
}
