// Ferret serves MongoDB's protocol with FerretDB on SQLite, for package mongotest. It
// prints host and port and the number of its process, and ends when its standard input
// does, with all its data.
//
// What is written need not survive the machine, so it does not wait for the disk,
// unless the flag -synchronous says otherwise, which takes what SQLite's pragma does.
//
// It is a program, and in a module of its own, because FerretDB's requirements would
// otherwise decide the versions of what is tested, and because FerretDB is many times
// slower under the race detector of a test.
package main

import (
	"context"
	"errors"
	"flag"
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
	synchronous := flag.String("synchronous", "off", "whether writes wait for the `disk`")
	flag.Parse()
	if err := serve(*synchronous); err != nil {
		log.Fatal(err)
	}
}

func serve(synchronous string) error {
	dir, err := os.MkdirTemp("", "mongotest")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:    slog.New(slog.DiscardHandler),
		Handler:   "sqlite",
		SQLiteURL: "file:" + dir + "/?_pragma=synchronous(" + synchronous + ")",
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
	fmt.Println(u.Host, os.Getpid())
	_, err = io.Copy(io.Discard, os.Stdin)
	cancel()
	return errors.Join(err, <-ended)
}
