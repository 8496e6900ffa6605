package store_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

func TestEncrypt(t *testing.T) {
	t.Parallel()
	wrap := func(s store.Store) store.Store { return encrypted(t, s, keyOf(t, "a key")) }
	storetest.Run(t, func(*testing.T) store.Store { return wrap(newMemory()) })
	testEncrypted(t, wrap)
}

func TestEncryptAcceptPlain(t *testing.T) {
	t.Parallel()
	testEncrypted(t, func(s store.Store) store.Store {
		s, err := store.EncryptAcceptPlain(s, keyOf(t, "a key"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestEncryptOfHashIDs(t *testing.T) {
	t.Parallel()
	wrap := func(s store.Store) store.Store {
		return encrypted(t, store.HashIDs(s), keyOf(t, "a key"), keyOf(t, "another"))
	}
	storetest.Run(t, func(*testing.T) store.Store { return wrap(newMemory()) })
	testEncrypted(t, wrap)
}

func TestHashIDsOfEncrypt(t *testing.T) {
	t.Parallel()
	wrap := func(s store.Store) store.Store {
		return store.HashIDs(encrypted(t, s, keyOf(t, "a key"), keyOf(t, "another")))
	}
	storetest.Run(t, func(*testing.T) store.Store { return wrap(newMemory()) })
	testEncrypted(t, wrap)
}

func testEncrypted(t *testing.T, wrap func(store.Store) store.Store) {
	testWrapper(t, wrap)
	t.Run("nothing is stored in plain", func(t *testing.T) {
		t.Parallel()
		inner := newMemory()
		s := wrap(inner)
		for id, data := range map[string]string{"created": "", "saved": "{}"} {
			v, err := s.Create(t.Context(), id, data, hourFromNow())
			if err != nil {
				t.Fatal(err)
			}
			if id == "saved" {
				if _, err := s.Save(t.Context(), id, `{"password":"s3cr3t"}`, hourFromNow(), v); err != nil {
					t.Fatal(err)
				}
			}
		}
		for r, err := range inner.All(t.Context()) {
			if err != nil || !strings.HasPrefix(r.Data, `{"sojourn_encrypted":1,"key":"`) || strings.Contains(r.Data, "s3cr3t") {
				t.Errorf("what is stored is %q, %v", r.Data, err)
			}
		}
	})
}

// Ensure that the same data never look the same, be it of two sessions or of one
// at two times.
func TestEncryptRepeatsNothing(t *testing.T) {
	t.Parallel()
	inner := newMemory()
	s := encrypted(t, inner, keyOf(t, "a key"))
	v, err := s.Create(t.Context(), "id", sample, hourFromNow())
	seen := map[string]bool{}
	for range 100 {
		if err != nil {
			t.Fatal(err)
		}
		r, err := inner.Get(t.Context(), "id")
		if err != nil || seen[r.Data] {
			t.Fatalf("%v, stored again: %t", err, seen[r.Data])
		}
		seen[r.Data] = true
		v, err = s.Save(t.Context(), "id", sample, hourFromNow(), v)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Ensure that what has been stored can be read for ever. These were made by other
// means than this package's.
func TestEncryptKnownAnswers(t *testing.T) {
	t.Parallel()
	k, err := store.NewKey(keyBytes(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, wrap := range map[string]func(store.Store) store.Store{
		`{"sojourn_encrypted":1,"key":"W8I04tV8tgY","data":"FysHyz11WU03g4ghVZE9S5NQGUEcY1cR3GrciM5YveKFo4ca2syWF_29USZz69M"}`: func(s store.Store) store.Store { return encrypted(t, s, k) },
		`{"sojourn_encrypted":1,"key":"W8I04tV8tgY","data":"FysHyz11WU03g4ghVZE9S5NQGUEcY1cR3GrciM5YvQT11ZCOlErYrgagaxIZ8DM"}`: func(s store.Store) store.Store { return encrypted(t, store.HashIDs(s), k) },
	} {
		inner := newMemory()
		s := wrap(inner)
		id := s.(store.Renamer).StoredID("an-id")
		if _, err := inner.Create(t.Context(), id, name, hourFromNow()); err != nil {
			t.Fatal(err)
		}
		if r, err := s.Get(t.Context(), "an-id"); err != nil || r.Data != `{"n":1}` {
			t.Errorf("%s: %q, %v", name, r.Data, err)
		}
	}
}

func TestEncryptWithoutKeys(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]store.Key{
		"none":            nil,
		"the zero Key":    {{}},
		"a zero Key last": {keyOf(t, "a key"), {}},
	} {
		for _, encrypt := range []func(store.Store, ...store.Key) (store.Store, error){store.Encrypt, store.EncryptAcceptPlain} {
			if s, err := encrypt(newMemory(), keys...); !errors.Is(err, store.ErrKey) || s != nil {
				t.Errorf("%s: %v, %v, want %v", name, s, err, store.ErrKey)
			}
		}
	}
}

// Ensure that both orders store the same and each reads what the other wrote.
func TestEncryptOrders(t *testing.T) {
	t.Parallel()
	inner, k := newMemory(), keyOf(t, "a key")
	one, other := store.HashIDs(encrypted(t, inner, k)), encrypted(t, store.HashIDs(inner), k)
	for i, order := range [][2]store.Store{{one, other}, {other, one}} {
		id := []string{"first", "second"}[i]
		v, err := order[0].Create(t.Context(), id, `{"n":1}`, hourFromNow())
		if err != nil {
			t.Fatal(err)
		}
		if r, err := order[1].Get(t.Context(), id); err != nil || r.Data != `{"n":1}` || r.Version != v {
			t.Errorf("%s: %+v, %v", id, r, err)
		}
		for r, err := range order[1].(store.Lister).All(t.Context()) {
			if err != nil || r.Data != `{"n":1}` {
				t.Errorf("All: %+v, %v", r, err)
			}
		}
	}
}

// Ensure that All shows all that can be read although something cannot, and does
// not keep quiet about that.
func TestEncryptAllAmongUnreadable(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(store.Store) store.Store{
		"Encrypt":            func(s store.Store) store.Store { return encrypted(t, s, keyOf(t, "a key")) },
		"Encrypt of HashIDs": func(s store.Store) store.Store { return encrypted(t, store.HashIDs(s), keyOf(t, "a key")) },
		"HashIDs of Encrypt": func(s store.Store) store.Store { return store.HashIDs(encrypted(t, s, keyOf(t, "a key"))) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := newMemory()
			s := wrap(inner)
			for i := range 100 {
				id := strings.Repeat("i", i+1)
				var err error
				if i%10 == 0 {
					_, err = inner.Create(t.Context(), id, sample, hourFromNow())
				} else {
					_, err = s.Create(t.Context(), id, sample, hourFromNow())
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, l := range []store.Store{s, s.(store.Renamer).Stored()} {
				read, failed := 0, error(nil)
				for r, err := range l.(store.Lister).All(t.Context()) {
					switch {
					case failed != nil:
						t.Error("All goes on after an error")
					case err != nil:
						failed = err
						if r != (store.Stored{}) {
							t.Errorf("All yields %+v with an error", r)
						}
					case r.Data != sample:
						t.Errorf("All yields %q", r.Data)
					default:
						read++
					}
				}
				if !errors.Is(failed, store.ErrDecrypt) || !strings.Contains(failed.Error(), "10 of") || read != 90 {
					t.Errorf("All yields %d records and %v", read, failed)
				}
				// A loop that has what it wants is not told.
				for _, err := range l.(store.Lister).All(t.Context()) {
					if err != nil {
						t.Error(err)
					}
					break
				}
			}
		})
	}
}

// failing has an All that fails after the first record.
type failing struct{ store.Store }

var errFailed = errors.New("the disk is on fire")

func (f failing) All(context.Context) iter.Seq2[store.Stored, error] {
	return func(yield func(store.Stored, error) bool) {
		_ = yield(store.Stored{ID: "id", Record: store.Record{Data: sample}}, nil) &&
			yield(store.Stored{}, errFailed)
	}
}

func TestEncryptAllPassesErrorsOn(t *testing.T) {
	t.Parallel()
	var errs []error
	for _, err := range encrypted(t, failing{newMemory()}, keyOf(t, "a key")).(store.Lister).All(t.Context()) {
		errs = append(errs, err)
	}
	if len(errs) != 1 || !errors.Is(errs[0], errFailed) {
		t.Errorf("All yields %v, want %v alone", errs, errFailed)
	}
}

// Ensure that plain records are read where that was asked for, and are encrypted
// with their next save.
func TestEncryptAcceptPlainMigrates(t *testing.T) {
	t.Parallel()
	inner, k := newMemory(), keyOf(t, "a key")
	strict := encrypted(t, inner, k)
	lenient, err := store.EncryptAcceptPlain(inner, k)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := inner.Create(t.Context(), "id", sample, hourFromNow()); err != nil {
		t.Fatal(err)
	}
	r, err := lenient.Get(t.Context(), "id")
	if err != nil || r.Data != sample {
		t.Fatalf("a plain record: %q, %v", r.Data, err)
	}
	for r, err := range lenient.(store.Lister).All(t.Context()) {
		if err != nil || r.Data != sample || r.ID != "id" {
			t.Errorf("All yields %+v, %v", r, err)
		}
	}
	if _, err := strict.Get(t.Context(), "id"); !errors.Is(err, store.ErrDecrypt) {
		t.Errorf("a plain record before its save: %v, want %v", err, store.ErrDecrypt)
	}
	if err := lenient.Touch(t.Context(), "id", time.Now().Add(2*time.Hour)); err != nil {
		t.Error(err)
	}
	if _, err := lenient.Save(t.Context(), "id", sample, hourFromNow(), r.Version); err != nil {
		t.Fatal(err)
	}
	for _, s := range []store.Store{strict, lenient} {
		if r, err := s.Get(t.Context(), "id"); err != nil || r.Data != sample {
			t.Errorf("after its save: %q, %v", r.Data, err)
		}
	}
}
