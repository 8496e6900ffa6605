package mongotest

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// patience is how long a server may take for anything.
const patience = 30 * time.Second

// ferret is a FerretDB that runs in this process.
type ferret struct {
	addr   string
	cancel context.CancelFunc
	done   chan error // receives what Run returns
}

// starting guards a variable of FerretDB that is set with each start.
var starting sync.Mutex

// startFerret starts a FerretDB with its data in dir.
func startFerret(dir string) (*ferret, error) {
	starting.Lock()
	defer starting.Unlock()
	db, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Logger:   slog.New(slog.DiscardHandler),
		Handler:  "sqlite",
		// What is written need not survive the machine, so it does not wait for
		// the disk.
		SQLiteURL: "file:" + dir + "/?_pragma=synchronous(off)",
	})
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(db.MongoDBURI())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &ferret{addr: u.Host, cancel: cancel, done: make(chan error, 1)}
	go func() { f.done <- db.Run(ctx) }()
	return f, nil
}

// stop ends the server and waits for it. Connections must be closed already: it
// would leave them some seconds.
func (f *ferret) stop() error {
	f.cancel()
	select {
	case err := <-f.done:
		return err
	case <-time.After(patience):
		return errors.New("FerretDB does not end")
	}
}
