// Package memory is the session store that lives in the process: nothing to
// install, nothing to configure, nothing to close.
//
//	sessions, err := session.New(session.Options{
//		Secrets: secrets,
//		Store:   memory.New(memory.Options{}), // also what a nil Store means
//	})
//
// It is the right store for development, for tests, and for an application
// that runs as one process and may lose its sessions when it restarts. Two
// processes do not share one; use an engine for that.
//
// # Expiry
//
// A record is gone at the very instant of its expiry. What it occupied is
// given back a little later: the store has no goroutine and never stops to
// sweep. Instead each Create, Save, Touch and Delete examines the next eight
// records of its part of the store, in turn, and drops those that have
// expired. Hence
//
//   - no operation does more than a bounded amount of work, whether one
//     session expires or a million at the same instant;
//   - as long as there are writes, an expired record is dropped after at most
//     n/4 of them, where n is the number of records that are held; in a steady
//     stream of new sessions the expired ones are less than a sixth of those
//     that are alive, and far fewer if sessions are saved and touched as well;
//   - a store without writes keeps what it has, and wakes nobody.
//
// # Memory
//
// A session takes about 50 bytes on a 64-bit machine beyond its id and its data,
// which are one allocation and hence rounded up to one of Go's sizes, mostly by
// less than 16 bytes. Of the data, the settings of the cookie with which a session
// begins do not count, though they are often longer than the rest: what many
// sessions have in common there is kept once. A Get puts the data together
// again, unless it is longer than 1024 bytes, which are kept as they are.
//
// The store grows and shrinks in steps of eight records, so that there is no
// moment at which it copies a large table, and the memory of a flood of sessions
// is free again after they have gone.
package memory

import (
	"context"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/sojourn-dev/sojourn/internal/pieces"
	"github.com/sojourn-dev/sojourn/store"
)

// Options configures a [Store]. The zero value is the default.
type Options struct {
	// MaxSessions bounds how many sessions the store holds; 0 or less is
	// no bound. When the bound is reached, Create makes room by dropping
	// the session that was not used for longest, where Get, Save and Touch
	// count as use. A store for 2048 sessions or more is divided, and each
	// part has its share of the bound and drops its own least recently used
	// session, which may be a little before the whole store is full.
	//
	// It protects the memory of the process, not the sessions: whoever can
	// create sessions without limit can push those of others out.
	MaxSessions int
}

// Store keeps sessions in the memory of the process. Its methods are those of
// the store contract, and three more for package session, are safe for concurrent use, and never wait for anything
// but each other. They return the error of a context that has ended already
// and pay no heed to it afterwards.
//
// Ids and data are copied: a string that is given to a method of the contract is
// not kept.
type Store struct {
	seed   maphash.Seed
	shift  int // of a hash, so that its upper bits choose the shard
	shards []shard
	likely atomic.Pointer[shape] // that of the next record, as far as can be told
}

var (
	_ store.Store     = (*Store)(nil)
	_ store.Lister    = (*Store)(nil)
	_ store.Counter   = (*Store)(nil)
	_ store.Clearer   = (*Store)(nil)
	_ store.UserIndex = (*Store)(nil)
	_ pieces.Store    = (*Store)(nil)
)

// New returns an empty store.
func New(o Options) *Store {
	limits := shardLimits(o.MaxSessions)
	s := &Store{
		seed:   maphash.MakeSeed(),
		shift:  shiftFor(len(limits)),
		shards: make([]shard, len(limits)),
	}
	for i, limit := range limits {
		s.shards[i].init(limit)
	}
	return s
}

// Get implements [store.Store]. It makes at most one allocation, of the data.
func (s *Store) Get(ctx context.Context, id string) (store.Record, error) {
	p, err := s.find(ctx, id)
	if err != nil {
		return store.Record{}, err
	}
	return p.record(), nil
}

// GetPieces is [Store.Get] for package session, which does not need a record to
// be put together. It does not allocate where the settings of the session's
// cookie are those of many others.
func (s *Store) GetPieces(ctx context.Context, id string) (pieces.Record, error) {
	p, err := s.find(ctx, id)
	if err != nil {
		return pieces.Record{}, err
	}
	return p.pieces(), nil
}

// find returns a record that is alive.
func (s *Store) find(ctx context.Context, id string) (packed, error) {
	if err := check(ctx, id); err != nil {
		return packed{}, err
	}
	sh, hash := s.locate(id)
	return sh.get(hash, id)
}

func (sh *shard) get(hash uint32, id string) (packed, error) {
	sh.lockForUse()
	defer sh.unlockForUse()

	i, err := sh.live(hash, id, time.Now())
	if err != nil {
		return packed{}, err
	}
	sh.use(i)
	return sh.packed(i), nil
}

// Create implements [store.Store].
func (s *Store) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	if err := check(ctx, id); err != nil {
		return "", err
	}
	d := s.draft(id, data)
	if _, err := s.create(&d, expires); err != nil {
		return "", err
	}
	return version(data), nil
}

// CreatePieces is [Store.Create] for package session, which has the record in
// pieces.
func (s *Store) CreatePieces(ctx context.Context, p pieces.Draft) (pieces.Record, error) {
	if err := check(ctx, p.ID()); err != nil {
		return pieces.Record{}, err
	}
	d := s.draftPieces(&p)
	created, err := s.create(&d, p.Expires)
	if err != nil {
		return pieces.Record{}, err
	}
	return created.keeps(&p), nil
}

func (s *Store) create(d *draft, expires time.Time) (packed, error) {
	sh, hash := s.locate(d.id)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	now := time.Now()
	sh.sweep(now)
	if i := sh.find(hash, d.id); i != none {
		if !sh.at(i).expired(now) {
			return packed{}, store.ErrExists
		}
		sh.drop(i)
	}
	sh.makeRoom()
	text, shape := sh.shapes.settle(d, whole)
	s.expect(sh, shape)
	i := sh.insert(entry{text: text, expires: nanos(expires), hash: hash, idLen: uint8(len(d.id)), shape: shape})
	return sh.packed(i), nil
}

// Save implements [store.Store].
func (s *Store) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	if err := check(ctx, id); err != nil {
		return "", err
	}
	d := s.draft(id, data)
	if _, err := s.save(&d, expires, pieces.Record{Version: base}); err != nil {
		return "", err
	}
	return version(data), nil
}

// SavePieces is [Store.Save] for package session, which has the record in
// pieces, and compares the version of the stored one with what a method that
// returns pieces said.
func (s *Store) SavePieces(ctx context.Context, p pieces.Draft, base pieces.Record) (pieces.Record, error) {
	if err := check(ctx, p.ID()); err != nil {
		return pieces.Record{}, err
	}
	d := s.draftPieces(&p)
	saved, err := s.save(&d, p.Expires, base)
	if err != nil {
		return pieces.Record{}, err
	}
	return saved.keeps(&p), nil
}

func (s *Store) save(d *draft, expires time.Time, base pieces.Record) (packed, error) {
	sh, hash := s.locate(d.id)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	now := time.Now()
	sh.sweep(now)
	i, err := sh.current(hash, d.id, base, now)
	if err != nil {
		return packed{}, err
	}
	e := sh.at(i)
	old := e.shape
	e.text, e.shape = sh.shapes.settle(d, old)
	s.expect(sh, e.shape)
	sh.shapes.release(old)
	e.expires = nanos(expires)
	sh.use(i)
	return sh.packed(i), nil
}

// Touch implements [store.Store]. It does not allocate.
func (s *Store) Touch(ctx context.Context, id string, expires time.Time) error {
	if err := check(ctx, id); err != nil {
		return err
	}
	sh, hash := s.locate(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	now := time.Now()
	sh.sweep(now)
	i, err := sh.live(hash, id, now)
	if err != nil {
		return err
	}
	e := sh.at(i)
	e.expires = max(e.expires, nanos(expires))
	sh.use(i)
	return nil
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, id string, base store.Version) error {
	if err := check(ctx, id); err != nil {
		return err
	}
	sh, hash := s.locate(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()

	now := time.Now()
	sh.sweep(now)
	if base == "" {
		if i := sh.find(hash, id); i != none {
			sh.drop(i)
		}
		return nil
	}
	i, err := sh.current(hash, id, pieces.Record{Version: base}, now)
	if err != nil {
		return err
	}
	sh.drop(i)
	return nil
}

// check is what each operation does before it takes a lock.
func check(ctx context.Context, id string) error {
	if err := store.CheckID(id); err != nil {
		return err
	}
	return ctx.Err()
}
