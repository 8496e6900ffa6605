package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// lock takes the write lock of the file as another process would and returns
// the function that gives it back.
func lock(t *testing.T, path string) (unlock func()) {
	t.Helper()
	conn, err := openRaw(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	do := func(statement string) {
		if _, err := conn.ExecContext(context.Background(), statement); err != nil {
			t.Error(err)
		}
	}
	do("BEGIN IMMEDIATE")
	return func() { do("ROLLBACK"); conn.Close() }
}

// Ensure that while another process has the lock, reads go on, writes of every
// kind are an error by their deadline or as soon as they are cancelled, and
// that all is well when the lock is free.
func TestLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	db, s := openDB(t, path, sqlite.Options{})
	v, err := s.Create(t.Context(), "id", "data", hourFromNow())
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := db.Writer().PrepareContext(t.Context(), "DELETE FROM sessions WHERE sid = 'none'")
	if err != nil {
		t.Fatal(err)
	}
	defer prepared.Close()
	save := func(ctx context.Context) error { _, err := s.Save(ctx, "id", "saved", hourFromNow(), v); return err }
	writes := []struct {
		name string
		do   func(context.Context) error
	}{
		{"create", func(ctx context.Context) error { _, err := s.Create(ctx, "new", "", hourFromNow()); return err }},
		{"touch", func(ctx context.Context) error { return s.Touch(ctx, "id", time.Now().Add(2*time.Hour)) }},
		{"delete", func(ctx context.Context) error { return s.Delete(ctx, "none", "") }},
		{"add user session", func(ctx context.Context) error { return s.AddUserSession(ctx, "ada", "id", hourFromNow()) }},
		{"remove user session", func(ctx context.Context) error { return s.RemoveUserSession(ctx, "ada", "id") }},
		{"set not before", func(ctx context.Context) error { return s.SetNotBefore(ctx, "ada", hourFromNow(), time.Time{}) }},
		{"transaction", func(ctx context.Context) error {
			tx, err := db.Writer().BeginTx(ctx, nil)
			if err == nil {
				tx.Rollback()
			}
			return err
		}},
		{"prepared statement", func(ctx context.Context) error { _, err := prepared.ExecContext(ctx); return err }},
		{"clear", s.Clear},
	}
	unlock := lock(t, path)
	for _, write := range writes {
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		if err := write.do(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", write.name, err)
		}
		cancel()
		if d := time.Since(began); d > 4*time.Second {
			t.Errorf("%s: took %v", write.name, d)
		}
		if err := write.do(ctx); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s with an ended context: %v", write.name, err)
		}
	}
	if r, err := s.Get(t.Context(), "id"); err != nil || r.Data != "data" {
		t.Errorf("get: %q, %v", r.Data, err)
	}
	if notBefore, err := s.NotBefore(t.Context(), "ada"); err != nil || !notBefore.IsZero() {
		t.Errorf("not before: %v, %v", notBefore, err)
	}
	if n := countUser(t, s, "ada"); n != 0 {
		t.Errorf("%d user sessions", n)
	}

	patient, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	waiting := make(chan error)
	go func() { waiting <- save(patient) }()
	unlock()
	if err := <-waiting; err != nil {
		t.Errorf("save that waited: %v", err)
	}
	for _, write := range writes {
		if err := write.do(t.Context()); err != nil {
			t.Errorf("%s afterwards: %v", write.name, err)
		}
	}
}

// Ensure that Open waits for the lock too, where it has something to write.
func TestOpenLocked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	execSQL(t, openRaw(t, path), "CREATE TABLE users (name)")
	unlock := lock(t, path)
	opened := make(chan error)
	go func() {
		s, err := sqlite.Open(path)
		if err == nil {
			err = s.Close()
		}
		opened <- err
	}()
	unlock()
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// Ensure that a write waits for a transaction of the same process no longer
// than its context allows.
func TestWriterTaken(t *testing.T) {
	t.Parallel()
	db, s := openDB(t, filepath.Join(t.TempDir(), "app.db"), sqlite.Options{})
	tx, err := db.Writer().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Create(ctx, "id", "", hourFromNow()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("create: %v", err)
	}
	if _, err := s.Get(t.Context(), "id"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	if _, err := s.Create(t.Context(), "id", "", hourFromNow()); err != nil {
		t.Errorf("create afterwards: %v", err)
	}
}

// Ensure that contexts which end in the middle of everything leave no
// transaction open, no connection broken and no answered write undone.
func TestCancel(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sessions.db")
	db, s := openDB(t, path, sqlite.Options{})
	answered := make(chan string, 400)
	var wg sync.WaitGroup
	for i := range cap(answered) {
		ctx, cancel := context.WithCancel(t.Context())
		wg.Go(func() {
			id := fmt.Sprintf("r%d", i)
			if _, err := s.Create(ctx, id, "data", hourFromNow()); err == nil {
				answered <- id
			} else if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			s.Count(ctx) // of those that read, the one that a context interrupts
		})
		wg.Go(cancel)
	}
	wg.Wait()
	close(answered)
	for id := range answered {
		if _, err := s.Get(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	lock(t, path)()
	if n := db.Writer().Stats().InUse + db.Reader().Stats().InUse; n != 0 {
		t.Errorf("%d connections are in use", n)
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Error(err)
	}
}
