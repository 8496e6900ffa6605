package mongostore

import (
	"context"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

const (
	// newTimeout is how long New may take.
	newTimeout = 10 * time.Second

	// closeTimeout is how long Close waits for operations that are under way.
	closeTimeout = 5 * time.Second
)

// Open connects to the database at a URL, see [ParseURL], and opens a store there.
// It is an error when the server cannot be reached, or has a collection of that name
// which cannot keep sessions. ctx is for opening only. Closing the store closes the
// connections; [Store.Database] leads to them.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	c, database, err := ParseURL(url)
	if err != nil {
		return nil, wrap(ctx, "open", err)
	}
	return Connect(ctx, c, database, o)
}

// Connect is [Open] for the options of a client, which are not changed. Timeouts that
// they leave open are those of [ParseURL].
func Connect(ctx context.Context, c *options.ClientOptions, database string, o Options) (*Store, error) {
	if o.WriteConcern == nil {
		o.WriteConcern = c.WriteConcern
	}
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("mongostore: %w", err)
	}
	own := *c
	client, err := mongo.Connect(withTimeouts(&own))
	if err != nil {
		return nil, wrap(ctx, "open", err)
	}
	s := newStore(client.Database(database), o)
	s.client = client
	if err := s.prepare(ctx); err != nil {
		s.Close()
		return nil, wrap(ctx, "open", err)
	}
	return s, nil
}

// New returns a store that uses a database of a client which the program may share
// with all else that it keeps there. It is an error when there is a collection of
// that name which cannot keep sessions, or when to find out takes more than ten
// seconds: make the index on expires before if there are millions of sessions without
// one, or set [Options.NoIndexes]. Closing the store leaves the client connected.
//
// Whatever the client is set to, the store reads from the primary and writes with
// [Options.WriteConcern]. Timeouts and retries are the client's: one without
// SetTimeout waits as long as a context allows, and for a server up to thirty
// seconds. If it repeats writes (SetRetryWrites), the server executes them once.
func New(db *mongo.Database, o Options) (*Store, error) {
	if err := o.complete(); err != nil {
		return nil, fmt.Errorf("mongostore: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), newTimeout)
	defer cancel()
	s := newStore(db, o)
	if err := s.prepare(ctx); err != nil {
		return nil, wrap(ctx, "new", err)
	}
	return s, nil
}

// collection returns a collection that is read where it is written.
func collection(db *mongo.Database, name string, o Options) *mongo.Collection {
	wc := writeconcern.Majority()
	if o.WriteConcern != nil {
		own := *o.WriteConcern
		if own.W == nil { // such as journal=true alone
			own.W = wc.W
		}
		wc = &own
	}
	return db.Collection(name, options.Collection().
		SetReadPreference(readpref.Primary()).SetReadConcern(readconcern.Local()).SetWriteConcern(wc))
}
