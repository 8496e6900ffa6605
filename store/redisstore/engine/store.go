package engine

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// Store keeps sessions in Redis. It is safe for concurrent use by many goroutines
// and, as the server is shared, by many processes.
//
// Errors are those of package store, [ErrClosed], [ErrNotReplicated], or what the
// server or the client says, wrapped.
type Store struct {
	client  Client
	options Options
	index   string // what the keys of users begin with
	scripts *scripts
	cache   *Cache // nil if there is none
	closed  atomic.Bool
	calls   calls
}

var _ interface {
	store.Store
	store.Lister
	store.Counter
	store.Clearer
	store.UserIndex
	io.Closer
} = (*Store)(nil)

// New returns a store that sends its commands through client. It sends none
// before its first method is called. Close closes the client.
func New(client Client, o Options) *Store {
	o = o.withDefaults()
	return &Store{
		client:  client,
		options: o,
		index:   o.indexPrefix(),
		scripts: newScripts(),
		cache:   o.Cache,
		calls:   calls{slots: make(chan struct{}, maxCalls)},
	}
}

// Close makes all further calls fail and releases what was opened for the store:
// not a client that was handed to it. It is nil the second time.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	if s.cache != nil {
		s.cache.Flush()
	}
	err := s.client.Close()
	s.calls.wait()
	return err
}

// check returns why an operation cannot begin. The first errors are those of its
// arguments.
func (s *Store) check(ctx context.Context, arguments ...error) error {
	for _, err := range arguments {
		if err != nil {
			return err
		}
	}
	if s.closed.Load() {
		return ErrClosed
	}
	return ctx.Err()
}

func (s *Store) key(id string) string { return s.options.Prefix + id }

// never stands for the expiry of a record that has none, which somebody else has
// stored. It is the last instant that JavaScript and Go both write.
var never = time.UnixMilli(maxMillis)

const maxMillis = 253402300799999

// millis returns an instant as the server takes it: it refuses those before 1970
// and those that it cannot count.
func millis(t time.Time) int64 {
	switch {
	case t.Unix() < 1:
		return 1
	case t.Unix() > maxMillis/1000:
		return maxMillis
	}
	return t.UnixMilli()
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// hash returns what stands for a version on the way to the server.
func hash(v store.Version) string {
	if v == "" {
		return "" // no record's hash
	}
	sum := sha1.Sum([]byte(v))
	return hex.EncodeToString(sum[:])
}

var errEmpty = errors.New("the data of a session are never empty")

func checkData(data string) error {
	if data == "" {
		return errEmpty // Express takes it for no session
	}
	return nil
}

// Get implements [store.Store]. It is one command, or none if the record is in
// the cache.
func (s *Store) Get(ctx context.Context, id string) (store.Record, error) {
	if err := s.check(ctx, store.CheckID(id)); err != nil {
		return store.Record{}, wrap("get", err)
	}
	key := s.key(id)
	if s.cache == nil {
		return s.read(ctx, key)
	}
	r, f, ok := s.cache.get(key)
	if ok {
		return r, nil
	}
	r, err := s.read(ctx, key)
	f.done(r, err)
	return r, err
}

func (s *Store) read(ctx context.Context, key string) (store.Record, error) {
	v, err := s.run(ctx, s.scripts.get, key)
	if err != nil {
		return store.Record{}, wrap("get", err)
	}
	r, ok, err := record(v)
	if err == nil && !ok {
		err = store.ErrNotFound
	}
	return r, wrap("get", err)
}

// record makes a record of what the script has returned.
func record(v any) (r store.Record, ok bool, err error) {
	if v == nil {
		return r, false, nil
	}
	pair, _ := v.([]any)
	if len(pair) != 2 {
		return r, false, errReply
	}
	data, isText := pair[0].(string)
	at, isNumber := pair[1].(int64)
	if !isText || !isNumber {
		return r, false, errReply
	}
	if data == "" || at == -2 {
		return r, false, nil
	}
	expires := never
	if at >= 0 {
		expires = time.UnixMilli(at)
	}
	// The version is the text itself, which costs nothing here. Its hash is
	// made when somebody saves.
	return store.Record{Data: data, Expires: expires, Version: store.Version(data)}, true, nil
}

// Create implements [store.Store]. It is one command. Empty data are an error.
func (s *Store) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	if err := s.check(ctx, store.CheckID(id), checkData(data)); err != nil {
		return "", wrap("create", err)
	}
	key := s.key(id)
	defer s.cache.write(key)()
	args := []string{"SET", key, data, "PXAT", decimal(millis(expires)), "NX"}
	r := s.do(ctx, s.client, Command{args, 1})
	if r.Err != nil {
		return "", wrap("create", r.Err)
	}
	if r.Value == nil {
		return "", wrap("create", store.ErrExists)
	}
	return store.Version(data), nil
}

// Save implements [store.Store]. It is one command. Empty data are an error.
func (s *Store) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	if err := s.check(ctx, store.CheckID(id), checkData(data)); err != nil {
		return "", wrap("save", err)
	}
	key := s.key(id)
	defer s.cache.write(key)()
	v, err := s.run(ctx, s.scripts.save, key, hash(base), data, decimal(millis(expires)))
	if err := outcome(v, err); err != nil {
		return "", wrap("save", err)
	}
	return store.Version(data), nil
}

// Touch implements [store.Store]. It is one command, which writes nothing if
// there is nothing to do.
func (s *Store) Touch(ctx context.Context, id string, expires time.Time) error {
	if err := s.check(ctx, store.CheckID(id)); err != nil {
		return wrap("touch", err)
	}
	key := s.key(id)
	v, err := s.run(ctx, s.scripts.touch, key, decimal(millis(expires)))
	if v != idle {
		s.cache.forget(key)
	}
	return wrap("touch", outcome(v, err))
}

// Delete implements [store.Store]. It is one command, and with
// [Options.WaitReplicas] a second one in the same round trip.
func (s *Store) Delete(ctx context.Context, id string, base store.Version) error {
	if err := s.check(ctx, store.CheckID(id)); err != nil {
		return wrap("delete", err)
	}
	key := s.key(id)
	defer s.cache.write(key)()
	if s.options.WaitReplicas > 0 {
		return wrap("delete", s.deleteEverywhere(ctx, key, base))
	}
	if base == "" {
		return wrap("delete", s.do(ctx, s.client, Command{[]string{"DEL", key}, 1}).Err)
	}
	v, err := s.run(ctx, s.scripts.remove, key, hash(base))
	return wrap("delete", outcome(v, err))
}

func (s *Store) deleteEverywhere(ctx context.Context, key string, base store.Version) error {
	if base == "" {
		v, err := s.runAndWait(ctx, s.scripts.destroy, key)
		return outcome(v, err)
	}
	v, err := s.runAndWait(ctx, s.scripts.remove, key, hash(base))
	return outcome(v, err)
}

// outcome makes an error of the number that a script has returned.
func outcome(v any, err error) error {
	if err != nil {
		return err
	}
	switch v {
	case gone:
		return store.ErrNotFound
	case conflict:
		return store.ErrConflict
	case done, idle:
		return nil
	}
	return errReply
}

// wrap says which operation has failed. The errors of the contract come often
// and speak for themselves.
func wrap(operation string, err error) error {
	switch err {
	case nil, store.ErrNotFound, store.ErrConflict, store.ErrExists:
		return err
	}
	return fmt.Errorf("redisstore: %s: %w", operation, err)
}
