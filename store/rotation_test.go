package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// fleet is a site of some instances on one store. Each has its own keys.
type fleet struct {
	t         *testing.T
	inner     *memory.Store
	wrap      func(s store.Store, keys ...store.Key) store.Store
	instances [3]atomic.Pointer[store.Store]
	saved     [5]atomic.Int64 // how often each session was
}

func (f *fleet) deploy(instance int, keys ...store.Key) {
	s := f.wrap(f.inner, keys...)
	f.instances[instance].Store(&s)
}

// saveEach adds one to each session, through an instance that may be replaced
// while that is under way.
func (f *fleet) saveEach(instance int) error {
	for i := range f.saved {
		for {
			s := *f.instances[instance].Load()
			n, v, err := f.read(s, i)
			if err != nil {
				return fmt.Errorf("get: %w", err)
			}
			_, err = s.Save(context.Background(), nth(i), fmt.Sprintf(`{"n":%d}`, n+1), hourFromNow(), v)
			if errors.Is(err, store.ErrConflict) {
				continue
			}
			if err != nil {
				return fmt.Errorf("save: %w", err)
			}
			f.saved[i].Add(1)
			break
		}
	}
	return nil
}

func (f *fleet) readEach(instance int) error {
	for i := range f.saved {
		before := f.saved[i].Load()
		n, _, err := f.read(*f.instances[instance].Load(), i)
		if err != nil {
			return fmt.Errorf("get: %w", err)
		}
		if n < before {
			return fmt.Errorf("a session was saved %d times, and %d are left", before, n)
		}
	}
	return nil
}

func (f *fleet) read(s store.Store, i int) (n int64, v store.Version, err error) {
	r, err := s.Get(context.Background(), nth(i))
	if err != nil {
		return 0, "", err
	}
	var data struct{ N int64 }
	if err := json.Unmarshal([]byte(r.Data), &data); err != nil {
		return 0, "", err
	}
	return data.N, r.Version, nil
}

func nth(i int) string { return fmt.Sprintf("id-%d", i) }

// traffic runs readers and writers on all instances. It calls during once each of
// them is at work, and returns when each has done as much again after that.
func (f *fleet) traffic(during func()) {
	var atWork, done sync.WaitGroup
	replaced := make(chan struct{})
	for worker := range 2 * len(f.instances) {
		work := f.saveEach
		if worker%2 == 0 {
			work = f.readEach
		}
		instance := worker / 2 % len(f.instances)
		do := func() {
			if err := work(instance); err != nil {
				f.t.Error(err)
			}
		}
		atWork.Add(1)
		done.Go(func() {
			do()
			atWork.Done()
			for going := true; going; {
				select {
				case <-replaced:
					going = false
				default:
					do()
				}
			}
			do()
		})
	}
	atWork.Wait()
	during()
	close(replaced)
	done.Wait()
}

// Ensure that a key is replaced while requests are served, one instance after the
// other, and that nobody notices.
func TestRotationUnderTraffic(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(s store.Store, keys ...store.Key) store.Store{
		"Encrypt":            func(s store.Store, keys ...store.Key) store.Store { return encrypted(t, s, keys...) },
		"Encrypt of HashIDs": func(s store.Store, keys ...store.Key) store.Store { return encrypted(t, store.HashIDs(s), keys...) },
		"HashIDs of Encrypt": func(s store.Store, keys ...store.Key) store.Store { return store.HashIDs(encrypted(t, s, keys...)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fleet{t: t, inner: newMemory(), wrap: wrap}
			older, newer := keyOf(t, "the old key"), keyOf(t, "the new key")
			for i := range f.instances {
				f.deploy(i, older)
			}
			for i := range f.saved {
				s := *f.instances[0].Load()
				if _, err := s.Create(t.Context(), nth(i), `{"n":0}`, hourFromNow()); err != nil {
					t.Fatal(err)
				}
			}
			for _, keys := range [][]store.Key{{older}, {older, newer}, {newer, older}, {newer}} {
				for i := range f.instances {
					f.traffic(func() { f.deploy(i, keys...) })
				}
				f.traffic(func() {}) // each session is saved with the first of the keys
				f.wantKey(keys[0])
			}
			for i := range f.saved {
				n, _, err := f.read(*f.instances[0].Load(), i)
				if want := f.saved[i].Load(); err != nil || n != want {
					t.Errorf("of %d saves %d are left, %v", want, n, err)
				}
			}
		})
	}
}

func (f *fleet) wantKey(k store.Key) {
	f.t.Helper()
	n := 0
	for r, err := range f.inner.All(f.t.Context()) {
		n++
		if err != nil || !strings.Contains(r.Data, k.ID()) {
			f.t.Errorf("%s, %v; want it under %v", r.Data, err, k)
		}
	}
	if n != len(f.saved) {
		f.t.Errorf("there are %d records, want %d", n, len(f.saved))
	}
}

// Ensure that the steps are needed: who leaves one out is told, by each instance
// that lacks a key, and loses nothing.
func TestRotationWithAStepLeftOut(t *testing.T) {
	t.Parallel()
	inner := newMemory()
	older, newer := keyOf(t, "the old key"), keyOf(t, "the new key")
	first, second := encrypted(t, inner, older), encrypted(t, inner, newer, older)
	v, err := first.Create(t.Context(), "id", `{"n":1}`, hourFromNow())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Save(t.Context(), "id", `{"n":2}`, hourFromNow(), v); err != nil {
		t.Fatal(err)
	}
	_, err = first.Get(t.Context(), "id")
	if !errors.Is(err, store.ErrDecrypt) || !strings.Contains(err.Error(), newer.ID()) {
		t.Errorf("without the new key: %v, want %v and the key's ID", err, store.ErrDecrypt)
	}
	if r, err := encrypted(t, inner, older, newer).Get(t.Context(), "id"); err != nil || r.Data != `{"n":2}` {
		t.Errorf("with the new key: %q, %v", r.Data, err)
	}
}

// Ensure that the walk in the example leaves nothing under the old key.
func TestReencryptAll(t *testing.T) {
	t.Parallel()
	older, newer := keyOf(t, "the old key"), keyOf(t, "the new key")
	for name, hash := range map[string]func(store.Store) store.Store{
		"Encrypt":            func(s store.Store) store.Store { return s },
		"Encrypt of HashIDs": store.HashIDs,
	} {
		inner := newMemory()
		before := encrypted(t, hash(inner), older)
		for i := range 10 {
			if _, err := before.Create(t.Context(), nth(i), fmt.Sprintf(`{"n":%d}`, i), hourFromNow()); err != nil {
				t.Fatal(err)
			}
		}
		both := encrypted(t, hash(inner), newer, older)
		if err := reencrypt(t.Context(), both); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		after := encrypted(t, hash(inner), newer)
		for i := range 10 {
			r, err := after.Get(t.Context(), nth(i))
			if err != nil || r.Data != fmt.Sprintf(`{"n":%d}`, i) || time.Until(r.Expires) < 50*time.Minute {
				t.Errorf("%s: %+v, %v", name, r, err)
			}
		}
	}
}
