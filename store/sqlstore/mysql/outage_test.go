package mysql_test

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
)

// operations are those of a store on a record that is there.
func operations(base store.Version) map[string]func(context.Context, *mysql.Store) error {
	return map[string]func(context.Context, *mysql.Store) error{
		"get": func(ctx context.Context, s *mysql.Store) error { _, err := s.Get(ctx, "id"); return err },
		"create": func(ctx context.Context, s *mysql.Store) error {
			_, err := s.Create(ctx, "other", "{}", hourFromNow())
			return err
		},
		"save": func(ctx context.Context, s *mysql.Store) error {
			_, err := s.Save(ctx, "id", string(base), hourFromNow(), base)
			return err
		},
		"touch":  func(ctx context.Context, s *mysql.Store) error { return s.Touch(ctx, "id", hourFromNow()) },
		"delete": func(ctx context.Context, s *mysql.Store) error { return s.Delete(ctx, "id", base) },
		"note": func(ctx context.Context, s *mysql.Store) error {
			return s.AddUserSession(ctx, "ada", "id", hourFromNow())
		},
		"take back": func(ctx context.Context, s *mysql.Store) error { return s.RemoveUserSession(ctx, "ada", "id") },
		"noted": func(ctx context.Context, s *mysql.Store) error {
			for _, err := range s.UserSessions(ctx, "ada") {
				return err
			}
			return nil
		},
		"instant": func(ctx context.Context, s *mysql.Store) error { _, err := s.NotBefore(ctx, "ada"); return err },
		"set instant": func(ctx context.Context, s *mysql.Store) error {
			return s.SetNotBefore(ctx, "ada", time.UnixMilli(1), time.Time{})
		},
		"list": func(ctx context.Context, s *mysql.Store) error {
			for _, err := range s.All(ctx) {
				return err
			}
			return nil
		},
		"count": func(ctx context.Context, s *mysql.Store) error { _, err := s.Count(ctx); return err },
		"clear": func(ctx context.Context, s *mysql.Store) error { return s.Clear(ctx) },
	}
}

func created(t testing.TB, s *mysql.Store, id string) store.Version {
	t.Helper()
	v, err := s.Create(t.Context(), id, `{"n":1}`, hourFromNow())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wantBack checks that the store works again, with the record that was there.
func wantBack(t testing.TB, s *mysql.Store, base store.Version) {
	t.Helper()
	ctx := within(t, patience)
	var err error
	for ctx.Err() == nil {
		var r store.Record
		if r, err = s.Get(ctx, "id"); err == nil {
			if r.Version != base {
				t.Errorf("the record is now %q", r.Data)
			}
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("the server is back, and still: %v", err)
}

const (
	deadline = 300 * time.Millisecond
	grace    = 2 * time.Second // a machine may be busy
)

// wantLate checks that all operations fail with the deadline, and not much later.
func wantLate(t *testing.T, s *mysql.Store, base store.Version) {
	t.Helper()
	var wg sync.WaitGroup
	for name, op := range operations(base) {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			began := time.Now()
			err := op(ctx, s)
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > deadline+grace {
				t.Errorf("%s: %v after %v", name, err, took)
			}
		})
	}
	wg.Wait()
}

// wantFailure checks that the operations fail at once, for a reason of the server's.
func wantFailure(t *testing.T, s *mysql.Store, base store.Version, names ...string) {
	t.Helper()
	for _, name := range names {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		began := time.Now()
		err := operations(base)[name](ctx, s)
		cancel()
		if took := time.Since(began); err == nil || took > grace {
			t.Errorf("%s: %v after %v", name, err, took)
		}
		wantUnavailable(t, name, err)
	}
}

// wantUnavailable checks that an error is the engine's, and no answer.
func wantUnavailable(t testing.TB, what string, err error) {
	t.Helper()
	for _, contract := range []error{store.ErrNotFound, store.ErrConflict, store.ErrExists} {
		if errors.Is(err, contract) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

var (
	reads  = []string{"get", "noted", "instant", "list", "count"}
	writes = []string{"create", "save", "touch", "delete", "note", "take back", "set instant", "clear"}
)

// Ensure that a server which stands still makes operations late and no more: they end
// with their contexts, with connections and without, and all is well when it goes on.
func TestPausedServer(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t)
	s := openAt(t, server.Database(t), mysql.Options{})
	base := created(t, s, "id")
	before := runtime.NumGoroutine()
	server.Pause(t)
	defer server.Resume(t)
	for range 3 { // the second and third time there are no connections left
		wantLate(t, s, base)
	}
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { _, err := s.Get(ctx, "id"); result <- err }()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	server.Resume(t)
	// What was sent before it stood still may have an effect now.
	ctx = within(t, patience)
	for {
		if _, err := s.Get(ctx, "any"); errors.Is(err, store.ErrNotFound) {
			break
		} else if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	if now := runtime.NumGoroutine(); now > before+100 {
		t.Errorf("%d goroutines, before %d", now, before)
	}
}

// Ensure that a server which is gone is an error at once, that nothing piles up, and
// that its records are there when it is back.
func TestStoppedServer(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t, "--innodb-flush-log-at-trx-commit=1")
	s := openAt(t, server.Database(t), mysql.Options{})
	base := created(t, s, "id")
	server.Stop()
	before := runtime.NumGoroutine()
	for range 20 {
		wantFailure(t, s, base, append(reads, writes...)...)
	}
	if now := runtime.NumGoroutine(); now > before+100 {
		t.Errorf("%d goroutines, before %d", now, before)
	}
	server.Restart(t)
	wantBack(t, s, base)
	server.Restart(t) // with connections that are idle
	wantBack(t, s, base)
	created(t, s, "new")
}

// Ensure that connections which the server has closed while they were idle are
// nobody's error, and that one which it closes under a statement is an error of
// that one alone.
func TestKilledConnection(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t)
	url := server.Database(t)
	s := openAt(t, url, mysql.Options{})
	s.DB().SetMaxOpenConns(1)
	base := created(t, s, "id")
	other := pool(t, url, nil)
	for range 3 {
		server.Exec(t, "KILL ?", scan[int64](t, s.DB(), "SELECT CONNECTION_ID()"))
		waitFor(t, "the connection is closed", func() bool {
			return scan[int](t, other, "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()") == 0
		})
		if err := s.Touch(t.Context(), "id", hourFromNow()); err != nil {
			t.Errorf("after an idle connection was killed: %v", err)
		}
	}
	id := scan[int64](t, s.DB(), "SELECT CONNECTION_ID()")
	unlock := locked(t, other, "id")
	result := make(chan error, 1)
	go func() { _, err := s.Save(within(t, patience), "id", "{}", hourFromNow(), base); result <- err }()
	waitForLock(t, other)
	server.Exec(t, "KILL ?", id)
	if err := <-result; err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		t.Errorf("killed under a save: %v", err)
	}
	unlock()
	wantBack(t, s, base)
}

// locked locks the row of a record until the function that it returns is called.
func locked(t testing.TB, db *sql.DB, id string) (unlock func()) {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	if err := tx.QueryRow("SELECT session_id FROM sessions WHERE session_id = ? FOR UPDATE", id).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback() }
}

// waitForLock waits until somebody waits for a lock in the tests' database.
func waitForLock(t testing.TB, db *sql.DB) {
	t.Helper()
	waitFor(t, "somebody waits for a lock", func() bool {
		return scan[int](t, db, "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'") > 0
	})
}

func waitFor(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for ctx := within(t, patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatalf("still not: %s", what)
		}
	}
}

// Ensure that a lock which is not to be had in time is waited for as long as the
// context allows, and no longer.
func TestLockWait(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t, "--innodb-lock-wait-timeout=1")
	url := server.Database(t)
	s := openAt(t, url, mysql.Options{})
	base := created(t, s, "id")
	other := pool(t, url, nil)
	unlock := locked(t, other, "id")
	began := time.Now()
	if _, err := s.Save(within(t, deadline), "id", "{}", hourFromNow(), base); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > deadline+grace {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	result := make(chan error, 1)
	go func() { result <- s.Touch(within(t, patience), "id", hourFromNow().Add(time.Hour)) }()
	timeouts := func() int {
		var name string
		var n int
		if err := other.QueryRow("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'").Scan(&name, &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := timeouts()
	waitFor(t, "it waits a second time", func() bool { return timeouts() >= before+2 })
	unlock()
	if err := <-result; err != nil {
		t.Error(err)
	}
}

// Ensure that the victim of a deadlock is tried again.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t)
	url := server.Database(t)
	s := openAt(t, url, mysql.Options{})
	created(t, s, "a")
	created(t, s, "b")
	other := pool(t, url, nil)
	execSQL(t, other, "CREATE TABLE weight (n INT)")
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for _, query := range []string{
		"INSERT INTO weight SELECT 1 FROM information_schema.columns LIMIT 500", // whoever has done more is spared
		"UPDATE sessions SET data = 'x' WHERE session_id = 'b'",
	} {
		if _, err := tx.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	result := make(chan error, 1)
	go func() { result <- s.Clear(within(t, patience)) }()
	waitForLock(t, other)
	if _, err := tx.Exec("UPDATE sessions SET data = 'x' WHERE session_id = 'a'"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-result; err != nil {
		t.Error(err)
	}
	var name string
	var n int
	if err := other.QueryRow("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'").Scan(&name, &n); err != nil || n != 1 {
		t.Errorf("%d deadlocks, %v", n, err)
	}
	if n := rows(t, s, "sessions"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// Ensure that an exhausted pool makes operations late and no more.
func TestExhaustedPool(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.DB().SetMaxOpenConns(1)
	base := created(t, s, "id")
	conn, err := s.DB().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantLate(t, s, base)
	conn.Close()
	wantBack(t, s, base)
}

// Ensure that a table which is missing is an error until it is back.
func TestMissingTable(t *testing.T) {
	t.Parallel()
	s := open(t)
	base := created(t, s, "id")
	execSQL(t, s.DB(), "RENAME TABLE sessions TO a, sessions_users TO b, sessions_not_before TO c")
	wantFailure(t, s, base, append(reads, writes...)...)
	execSQL(t, s.DB(), "RENAME TABLE a TO sessions, b TO sessions_users, c TO sessions_not_before")
	wantBack(t, s, base)
}

// Ensure that writes fail on a server that is read-only, with an error that says so,
// and that reads do not.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t)
	url := server.Database(t)
	openAt(t, url, mysql.Options{})
	server.Exec(t, "CREATE USER app@'127.0.0.1' IDENTIFIED BY 'swordfish'")
	server.Exec(t, "GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO app@'127.0.0.1'")
	_, at, _ := strings.Cut(url, "@")
	s := openAt(t, "mysql://app:swordfish@"+at, mysql.Options{})
	base := created(t, s, "id")
	server.Exec(t, "SET GLOBAL read_only = ON")
	wantFailure(t, s, base, writes...)
	if err := s.Touch(t.Context(), "id", hourFromNow().Add(time.Hour)); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Error(err)
	}
	for _, name := range reads {
		if err := operations(base)[name](t.Context(), s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	server.Exec(t, "SET GLOBAL read_only = OFF")
	if err := s.Touch(t.Context(), "id", hourFromNow().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	wantBack(t, s, base)
}

// Ensure that a statement which is too long for the server is an error, and of that
// one alone.
func TestLongStatement(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t, "--max-allowed-packet=1M")
	s := openAt(t, server.Database(t), mysql.Options{})
	base := created(t, s, "id")
	if _, err := s.Save(within(t, patience), "id", strings.Repeat("x", 2<<20), hourFromNow(), base); err == nil {
		t.Error("it was saved")
	}
	wantBack(t, s, base)
}

// Ensure that what a server says of a failure is not repeated: it may quote a value.
func TestDiscreetErrors(t *testing.T) {
	t.Parallel()
	s := open(t)
	created(t, s, "s3cr3t-1d")
	execSQL(t, s.DB(), "CREATE TRIGGER t BEFORE UPDATE ON sessions FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 's3cr3t'")
	r, err := s.Get(t.Context(), "s3cr3t-1d")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Save(t.Context(), "s3cr3t-1d", `"s3cr3t"`, hourFromNow(), r.Version)
	var e *driver.MySQLError
	if !errors.As(err, &e) || e.Number != 1644 || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(e.Message, "s3cr3t") {
		t.Errorf("%v", err)
	}
	_, err = s.Create(t.Context(), "s3cr3t-1d", "{}", hourFromNow())
	if !errors.Is(err, store.ErrExists) || strings.Contains(err.Error(), "s3cr3t") {
		t.Error(err)
	}
}

// Ensure that Open does not outlast its context, and says in one sentence what
// is wrong.
func TestOpenFails(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t)
	url := server.Database(t)
	server.Pause(t)
	began := time.Now()
	_, err := mysql.Open(within(t, deadline), url, mysql.Options{})
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > deadline+grace {
		t.Errorf("paused: %v after %v", err, took)
	}
	server.Stop()
	for name, u := range map[string]string{"stopped": url, "no URL": "hunter2", "TLS": url + "?tls=true"} {
		_, err := mysql.Open(within(t, patience), u, mysql.Options{})
		if err == nil || !strings.HasPrefix(err.Error(), "mysql: open: ") || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Ensure that Close can be called again and makes the other methods fail.
func TestClose(t *testing.T) {
	t.Parallel()
	url := shared.Database(t)
	s := openAt(t, url, mysql.Options{})
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for name, op := range operations("{}") {
		if err := op(t.Context(), s); !errors.Is(err, mysql.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	db := pool(t, url, nil)
	s, err := mysql.New(db, mysql.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), db.Ping()); err != nil {
		t.Errorf("the application's connections: %v", err)
	}
}
