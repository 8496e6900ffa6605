package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// Ensure that each method does what the contract says for a record that is
// there, one that has expired, one that is not there, and no id at all.
func TestContract(t *testing.T) {
	t.Parallel()
	const data, other = `{"a":1}`, `{"a":2}`
	save := func(base store.Version) func(*testing.T, *sqlite.Store, string) error {
		return func(t *testing.T, s *sqlite.Store, id string) error {
			_, err := s.Save(t.Context(), id, "saved", hourFromNow(), base)
			return err
		}
	}
	remove := func(base store.Version) func(*testing.T, *sqlite.Store, string) error {
		return func(t *testing.T, s *sqlite.Store, id string) error { return s.Delete(t.Context(), id, base) }
	}
	get := func(t *testing.T, s *sqlite.Store, id string) error {
		_, err := s.Get(t.Context(), id)
		return err
	}
	create := func(t *testing.T, s *sqlite.Store, id string) error {
		_, err := s.Create(t.Context(), id, "created", hourFromNow())
		return err
	}
	touch := func(d time.Duration) func(*testing.T, *sqlite.Store, string) error {
		return func(t *testing.T, s *sqlite.Store, id string) error {
			return s.Touch(t.Context(), id, time.Now().Add(d))
		}
	}
	tests := []struct {
		name                string
		do                  func(*testing.T, *sqlite.Store, string) error
		live, expired, none error
		after               string // what the live record is afterwards; "" for none
	}{
		{"get", get, nil, store.ErrNotFound, store.ErrNotFound, data},
		{"create", create, store.ErrExists, nil, nil, data},
		{"save", save(data), nil, store.ErrNotFound, store.ErrNotFound, "saved"},
		{"save on another version", save(other), store.ErrConflict, store.ErrNotFound, store.ErrNotFound, data},
		{"save on no version", save(""), store.ErrConflict, store.ErrNotFound, store.ErrNotFound, data},
		{"touch forward", touch(2 * time.Hour), nil, store.ErrNotFound, store.ErrNotFound, data},
		{"touch backward", touch(time.Minute), nil, store.ErrNotFound, store.ErrNotFound, data},
		{"delete", remove(""), nil, nil, nil, ""},
		{"delete a version", remove(data), nil, store.ErrNotFound, store.ErrNotFound, ""},
		{"delete another version", remove(other), store.ErrConflict, store.ErrNotFound, store.ErrNotFound, data},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			for id, expires := range map[string]time.Time{"live": hourFromNow(), "expired": time.Now().Add(-time.Second)} {
				if _, err := s.Create(t.Context(), id, data, expires); err != nil {
					t.Fatal(err)
				}
			}
			wants := map[string]error{"live": test.live, "expired": test.expired, "none": test.none, "no id": store.ErrInvalidID}
			for id, want := range wants {
				if err := test.do(t, s, id); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", id, err, want)
				}
			}
			r, err := s.Get(t.Context(), "live")
			if r.Data != test.after || (err == nil) != (test.after != "") {
				t.Errorf("afterwards: %q, %v, want %q", r.Data, err, test.after)
			}
		})
	}
}

// Ensure that data comes back byte for byte, and that its version is good for
// the next save.
func TestData(t *testing.T) {
	t.Parallel()
	s := open(t)
	tests := map[string]string{
		"empty":          "",
		"zero":           "\x00",
		"zero-and-more":  "\x00{}\x00",
		"json":           `{"cookie":{"path":"/"},"n":1}`,
		"lone-surrogate": `{"s":"\ud800"}`,
		"separators":     "{\"s\":\"\u2028\u2029\"}",
		"invalid-utf8":   "{\"s\":\"\xff\xfe\xed\xa0\x80\"}",
		"byte-order":     "\ufeff{}",
		"number":         "12.50",
		"megabyte":       `{"s":"` + strings.Repeat("é", 1<<19) + `"}`,
	}
	for id, data := range tests {
		v, err := s.Create(t.Context(), id, data, hourFromNow())
		if err != nil {
			t.Errorf("%s: %v", id, err)
		}
		for range 2 {
			r, err := s.Get(t.Context(), id)
			if err != nil || r.Data != data || r.Version != v || v == "" {
				t.Errorf("%s: %d bytes of data, same %t, same version %t, %v", id, len(r.Data), r.Data == data, r.Version == v, err)
			}
			if v, err = s.Save(t.Context(), id, data, hourFromNow(), r.Version); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		if err := s.Delete(t.Context(), id, v); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// Ensure that one of many creates of one id wins, over nothing and over a
// record that has expired.
func TestCreateOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	if _, err := s.Create(t.Context(), "expired", "old", time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"none", "expired"} {
		begin := make(chan struct{})
		results := make(chan error, 8)
		var wg sync.WaitGroup
		for range cap(results) {
			wg.Go(func() {
				<-begin
				_, err := s.Create(t.Context(), id, "new", hourFromNow())
				results <- err
			})
		}
		close(begin)
		wg.Wait()
		close(results)
		won := 0
		for err := range results {
			if err == nil {
				won++
			} else if !errors.Is(err, store.ErrExists) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%s: %d creates have succeeded, want 1", id, won)
		}
	}
}

// Ensure that a touch that does not move the expiry writes nothing at all.
func TestIdleTouch(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	s := openAt(t, path)
	expires := hourFromNow()
	if _, err := s.Create(t.Context(), "id", "data", expires); err != nil {
		t.Fatal(err)
	}
	logSize := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := logSize()
	for _, d := range []time.Duration{0, -time.Minute} {
		if err := s.Touch(t.Context(), "id", expires.Add(d)); err != nil {
			t.Error(err)
		}
	}
	if after := logSize(); after != before {
		t.Errorf("the log grew from %d to %d bytes", before, after)
	}
	if err := s.Touch(t.Context(), "id", expires.Add(time.Minute)); err != nil {
		t.Error(err)
	}
	if logSize() == before {
		t.Error("the log does not show writes")
	}
}

// Ensure that Close can be called again and makes the other methods fail.
func TestClose(t *testing.T) {
	t.Parallel()
	s := open(t)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	_, getErr := s.Get(t.Context(), "id")
	_, createErr := s.Create(t.Context(), "id", "", hourFromNow())
	_, countErr := s.Count(t.Context())
	_, notBeforeErr := s.NotBefore(t.Context(), "ada")
	var listErr, userErr error
	for _, listErr = range s.All(t.Context()) {
	}
	for _, userErr = range s.UserSessions(t.Context(), "ada") {
	}
	errs := map[string]error{
		"get": getErr, "create": createErr, "count": countErr, "list": listErr,
		"not before": notBeforeErr, "user sessions": userErr,
		"add user session":    s.AddUserSession(t.Context(), "ada", "id", hourFromNow()),
		"remove user session": s.RemoveUserSession(t.Context(), "ada", "id"),
		"set not before":      s.SetNotBefore(t.Context(), "ada", hourFromNow(), time.Time{}),
		"touch":               s.Touch(t.Context(), "id", hourFromNow()),
		"delete":              s.Delete(t.Context(), "id", ""),
		"clear":               s.Clear(t.Context()),
	}
	for name, err := range errs {
		if want := "sqlite: " + name + ": store is closed"; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
