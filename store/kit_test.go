package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// bare has the methods of a Store and no others.
type bare struct{ store.Store }

// spy is a store with an index, and notes which ids its methods were given.
type spy struct {
	store.Store

	mu     sync.Mutex
	seen   map[string][]string // methods to ids
	users  map[string]string   // ids to users
	before map[string]time.Time
	closed int
}

func newSpy() *spy {
	return &spy{
		Store: newMemory(),
		seen:  map[string][]string{}, users: map[string]string{}, before: map[string]time.Time{},
	}
}

func (s *spy) note(method, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[method] = append(s.seen[method], id)
}

func (s *spy) Get(ctx context.Context, id string) (store.Record, error) {
	s.note("Get", id)
	return s.Store.Get(ctx, id)
}

func (s *spy) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	s.note("Create", id)
	return s.Store.Create(ctx, id, data, expires)
}

func (s *spy) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	s.note("Save", id)
	return s.Store.Save(ctx, id, data, expires, base)
}

func (s *spy) Touch(ctx context.Context, id string, expires time.Time) error {
	s.note("Touch", id)
	return s.Store.Touch(ctx, id, expires)
}

func (s *spy) Delete(ctx context.Context, id string, base store.Version) error {
	s.note("Delete", id)
	return s.Store.Delete(ctx, id, base)
}

func (s *spy) AddUserSession(_ context.Context, user, id string, _ time.Time) error {
	s.note("AddUserSession", id)
	s.users[id] = user
	return nil
}

func (s *spy) RemoveUserSession(_ context.Context, _, id string) error {
	s.note("RemoveUserSession", id)
	delete(s.users, id)
	return nil
}

func (s *spy) UserSessions(_ context.Context, user string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for id, u := range s.users {
			if u == user && !yield(id, nil) {
				return
			}
		}
	}
}

func (s *spy) NotBefore(_ context.Context, user string) (time.Time, error) {
	return s.before[user], nil
}

func (s *spy) SetNotBefore(_ context.Context, user string, notBefore, base time.Time) error {
	if !s.before[user].Equal(base) {
		return store.ErrConflict
	}
	s.before[user] = notBefore
	return nil
}

func (s *spy) All(ctx context.Context) iter.Seq2[store.Stored, error] {
	return s.Store.(store.Lister).All(ctx)
}

func (s *spy) Count(ctx context.Context) (int, error) { return s.Store.(store.Counter).Count(ctx) }
func (s *spy) Clear(ctx context.Context) error        { return s.Store.(store.Clearer).Clear(ctx) }

func (s *spy) Close() error {
	s.closed++
	return nil
}

// eachWithID calls each method that takes an id and returns the errors by name.
func eachWithID(t *testing.T, s store.Store, id string) map[string]error {
	t.Helper()
	errs := map[string]error{}
	v, err := s.Create(t.Context(), id, `{"n":1}`, hourFromNow())
	errs["Create"] = err
	_, errs["Get"] = s.Get(t.Context(), id)
	v, errs["Save"] = s.Save(t.Context(), id, `{"n":2}`, hourFromNow(), v)
	errs["Touch"] = s.Touch(t.Context(), id, hourFromNow())
	x := s.(store.UserIndex)
	errs["AddUserSession"] = x.AddUserSession(t.Context(), "ada", id, hourFromNow())
	errs["RemoveUserSession"] = x.RemoveUserSession(t.Context(), "ada", id)
	errs["Delete"] = s.Delete(t.Context(), id, v)
	return errs
}

// testWrapper checks what is true of all wrappers: that they pass on what they
// have no part in, and own up to what the wrapped store lacks.
func testWrapper(t *testing.T, wrap func(store.Store) store.Store) {
	t.Run("index", func(t *testing.T) {
		t.Parallel()
		inner := newSpy()
		s := wrap(inner)
		x := s.(store.UserIndex)
		instant := time.UnixMilli(1_700_000_000_000)
		if err := x.AddUserSession(t.Context(), "ada", "id", hourFromNow()); err != nil {
			t.Fatal(err)
		}
		for id, err := range x.UserSessions(t.Context(), "ada") {
			if want := s.(store.Renamer).StoredID("id"); id != want || err != nil {
				t.Errorf("UserSessions yields %q, %v, want %q", id, err, want)
			}
		}
		if err := x.RemoveUserSession(t.Context(), "ada", "id"); err != nil || len(inner.users) != 0 {
			t.Errorf("RemoveUserSession: %v, and %d are left", err, len(inner.users))
		}
		if err := x.SetNotBefore(t.Context(), "ada", instant, time.Time{}); err != nil {
			t.Errorf("SetNotBefore: %v", err)
		}
		if err := x.SetNotBefore(t.Context(), "ada", instant, time.Time{}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("SetNotBefore on another instant: %v", err)
		}
		if got, err := x.NotBefore(t.Context(), "ada"); err != nil || !got.Equal(instant) {
			t.Errorf("NotBefore: %v, %v", got, err)
		}
	})
	t.Run("close", func(t *testing.T) {
		t.Parallel()
		inner := newSpy()
		if err := wrap(inner).(io.Closer).Close(); err != nil || inner.closed != 1 {
			t.Errorf("Close: %v, passed on %d times", err, inner.closed)
		}
		if err := wrap(bare{}).(io.Closer).Close(); err != nil {
			t.Errorf("Close over what cannot be closed: %v", err)
		}
	})
	t.Run("unsupported", func(t *testing.T) {
		t.Parallel()
		s := wrap(bare{newMemory()})
		errs := map[string]error{}
		_, errs["Count"] = s.(store.Counter).Count(t.Context())
		errs["Clear"] = s.(store.Clearer).Clear(t.Context())
		for r, err := range s.(store.Lister).All(t.Context()) {
			if r != (store.Stored{}) || errs["All"] != nil {
				t.Errorf("All yields %+v, %v", r, err)
			}
			errs["All"] = err
		}
		x := s.(store.UserIndex)
		errs["AddUserSession"] = x.AddUserSession(t.Context(), "ada", "id", hourFromNow())
		errs["RemoveUserSession"] = x.RemoveUserSession(t.Context(), "ada", "id")
		for id, err := range x.UserSessions(t.Context(), "ada") {
			if id != "" || errs["UserSessions"] != nil {
				t.Errorf("UserSessions yields %q, %v", id, err)
			}
			errs["UserSessions"] = err
		}
		_, errs["NotBefore"] = x.NotBefore(t.Context(), "ada")
		errs["SetNotBefore"] = x.SetNotBefore(t.Context(), "ada", time.Now(), time.Time{})
		if len(errs) != 8 {
			t.Errorf("%d methods have answered, want 8", len(errs))
		}
		for name, err := range errs {
			if !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s: %v, want %v", name, err, errors.ErrUnsupported)
			}
		}
	})
}

func hourFromNow() time.Time { return time.Now().Add(time.Hour) }

func newMemory() *memory.Store { return memory.New(memory.Options{}) }

// keyOf returns a key that is the same for the same name.
func keyOf(t testing.TB, name string) store.Key {
	t.Helper()
	random := sha256.Sum256([]byte(name))
	k, err := store.NewKey(random[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// encrypted is Encrypt without its error.
func encrypted(t testing.TB, s store.Store, keys ...store.Key) store.Store {
	t.Helper()
	s, err := store.Encrypt(s, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
