package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

const someData = `{"n":1}`

// operation is one of a store on the record "id" that is there.
type operation struct {
	writes bool
	call   func(context.Context, *postgres.Store) error
}

func operations() map[string]operation {
	return map[string]operation{
		"get": {false, func(ctx context.Context, s *postgres.Store) error { _, err := s.Get(ctx, "id"); return err }},
		"create": {true, func(ctx context.Context, s *postgres.Store) error {
			_, err := s.Create(ctx, "other", "{}", hourFromNow())
			return err
		}},
		"save": {true, func(ctx context.Context, s *postgres.Store) error {
			_, err := s.Save(ctx, "id", someData, hourFromNow(), someData)
			return err
		}},
		"touch": {true, func(ctx context.Context, s *postgres.Store) error {
			return s.Touch(ctx, "id", hourFromNow().Add(time.Hour))
		}},
		"delete": {true, func(ctx context.Context, s *postgres.Store) error { return s.Delete(ctx, "id", someData) }},
		"note": {true, func(ctx context.Context, s *postgres.Store) error {
			return s.AddUserSession(ctx, "ada", "id", hourFromNow())
		}},
		"noted": {false, func(ctx context.Context, s *postgres.Store) error {
			for _, err := range s.UserSessions(ctx, "ada") {
				return err
			}
			return nil
		}},
		"instant": {false, func(ctx context.Context, s *postgres.Store) error { _, err := s.NotBefore(ctx, "ada"); return err }},
		"list": {false, func(ctx context.Context, s *postgres.Store) error {
			for _, err := range s.All(ctx) {
				return err
			}
			return nil
		}},
		"count": {false, func(ctx context.Context, s *postgres.Store) error { _, err := s.Count(ctx); return err }},
		"clear": {true, func(ctx context.Context, s *postgres.Store) error { return s.Clear(ctx) }},
	}
}

func created(t testing.TB, s *postgres.Store) {
	t.Helper()
	if err := s.Delete(t.Context(), "id", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), "id", someData, hourFromNow()); err != nil {
		t.Fatal(err)
	}
}

// wantUnavailable checks that an error is one of the engine's, and none from which
// anybody would conclude that there is no session.
func wantUnavailable(t testing.TB, what string, err error) {
	t.Helper()
	for _, contract := range []error{nil, store.ErrNotFound, store.ErrConflict, store.ErrExists} {
		if errors.Is(err, contract) {
			t.Errorf("%s: %v, want an error of the engine", what, err)
		}
	}
}

// wantBack checks that the store works again, at once or after what a connection
// needs to be made anew.
func wantBack(t testing.TB, s *postgres.Store) {
	t.Helper()
	ctx := within(t, patience)
	for {
		err := s.Touch(ctx, "any", hourFromNow())
		if errors.Is(err, store.ErrNotFound) {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the server is back, and still: %v", err)
		}
		time.Sleep(time.Millisecond)
	}
}

const (
	deadline = 300 * time.Millisecond
	grace    = 10 * time.Second // a machine may be busy
)

// wantLate checks that all operations fail with the deadline, and not much later.
func wantLate(t *testing.T, s *postgres.Store) {
	t.Helper()
	var wg sync.WaitGroup
	for name, op := range operations() {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			began := time.Now()
			err := op.call(ctx, s)
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > deadline+grace {
				t.Errorf("%s: %v after %v", name, err, took)
			}
			wantUnavailable(t, name, err)
		})
	}
	wg.Wait()
}

// Ensure that a server which stands still makes operations late and no more: they
// end with their contexts, those that come later and find no connection too, and
// all is well when it goes on.
func TestPausedServer(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	s := openAt(t, server.URL("postgres"), postgres.Options{CreateTables: true})
	created(t, s)
	server.Pause(t)
	defer server.Resume(t)
	for range 3 {
		wantLate(t, s)
	}
	// Cancelled without a deadline.
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { _, err := s.Get(ctx, "id"); result <- err }()
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	server.Resume(t)
	wantBack(t, s)
}

// Ensure that a server that is gone is an error soon, that nothing piles up, and
// that the store works again when it is back, with all that it was told.
func TestStoppedServer(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	s := openAt(t, server.URL("postgres"), postgres.Options{CreateTables: true})
	created(t, s)
	server.Halt()
	before := runtime.NumGoroutine()
	for range 20 {
		for name, op := range operations() {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			began := time.Now()
			wantUnavailable(t, name, op.call(ctx, s))
			if took := time.Since(began); took > 2*time.Second+grace {
				t.Errorf("%s took %v", name, took)
			}
			cancel()
		}
	}
	if now := runtime.NumGoroutine(); now > before+50 {
		t.Errorf("%d goroutines, before %d", now, before)
	}
	server.Restart(t)
	wantBack(t, s)
	if r, err := s.Get(t.Context(), "id"); err != nil || r.Data != someData {
		t.Errorf("after the restart: %+v, %v", r, err)
	}
	for name, op := range operations() {
		created(t, s)
		if err := op.call(t.Context(), s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Ensure that connections which the server ends, all that there are, do not show
// in reads, and in writes as errors that are over with the next connection.
func TestKilledConnections(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	admin := connect(t, shared.Server(t).URL("postgres"))
	for name, op := range operations() {
		created(t, s)
		var wg sync.WaitGroup
		for range 8 { // so that the pool has several
			wg.Go(func() { s.Get(t.Context(), "id") })
		}
		wg.Wait()
		execOn(t, admin, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", s.Pool().Config().ConnConfig.Database)
		err := op.call(within(t, patience), s)
		if !op.writes && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if op.writes && err != nil {
			wantUnavailable(t, name, err)
		}
		wantBack(t, s)
	}
}

// Ensure that a read finds a connection that works when none does of a full pool,
// and all were in use a moment ago, so that the pool does not check them.
func TestAllConnectionsKilled(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	created(t, s)
	admin := connect(t, shared.Server(t).URL("postgres"))
	var all []*pgxpool.Conn
	for range s.Pool().Config().MaxConns {
		conn, err := s.Pool().Acquire(within(t, patience))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, conn)
	}
	execOn(t, admin, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", s.Pool().Config().ConnConfig.Database)
	for _, conn := range all {
		conn.Release()
	}
	if r, err := s.Get(within(t, patience), "id"); err != nil || r.Data != someData {
		t.Errorf("%+v, %v", r, err)
	}
}

// Ensure that a statement whose connection is ended in the middle is an error, and
// not sent a second time.
func TestKilledWrite(t *testing.T) {
	t.Parallel()
	s, url := open(t)
	created(t, s)
	other, admin := connect(t, url), connect(t, url)
	execOn(t, other, "BEGIN")
	execOn(t, other, "SELECT FROM session WHERE sid = 'id' FOR UPDATE")
	result := make(chan error, 1)
	go func() {
		_, err := s.Save(within(t, patience), "id", `{"n":2}`, hourFromNow(), someData)
		result <- err
	}()
	for killed := false; !killed; {
		if err := admin.QueryRow(within(t, patience), `SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&killed); err != nil {
			t.Fatal(err)
		}
	}
	wantUnavailable(t, "save", <-result)
	execOn(t, other, "COMMIT")
	if r, err := s.Get(t.Context(), "id"); err != nil || r.Data != someData {
		t.Errorf("afterwards: %+v, %v", r, err)
	}
}

// Ensure that a pool without a free connection is an error by the deadline.
func TestExhaustedPool(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	pool, err := pgxpool.New(t.Context(), url+"&pool_max_conns=1")
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	s, err := postgres.New(pool, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	created(t, s)
	held, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantLate(t, s)
	held.Release()
	wantBack(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := pool.Ping(t.Context()); err != nil {
		t.Errorf("the pool after the store was closed: %v", err)
	}
}

// Ensure that where nothing can be written, as on a replica, reads work and writes
// fail and say why.
func TestReadOnlyServer(t *testing.T) {
	t.Parallel()
	writable, url := open(t)
	created(t, writable)
	s := openAt(t, url+"&default_transaction_read_only=on", postgres.Options{CreateTables: true})
	for name, op := range operations() {
		err := op.call(within(t, patience), s)
		if op.writes && (err == nil || !strings.Contains(err.Error(), "read-only transaction")) || !op.writes && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r, err := writable.Get(t.Context(), "id"); err != nil || r.Data != someData {
		t.Errorf("afterwards: %+v, %v", r, err)
	}
}

// Ensure that a table that is gone is an error that names it, and that the store
// works again when it is back, although it has prepared its statements before;
// and when it comes back with another type.
func TestMissingTable(t *testing.T) {
	t.Parallel()
	s, url := open(t)
	created(t, s)
	for _, table := range []string{"session", "session_users", "session_not_before"} {
		pgtest.Exec(t, url, "ALTER TABLE "+table+" RENAME TO gone_"+table)
	}
	for name, op := range operations() {
		err := op.call(within(t, patience), s)
		wantUnavailable(t, name, err)
		if !strings.Contains(err.Error(), `relation "session`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	pgtest.Exec(t, url, "ALTER TABLE gone_session RENAME TO session")
	wantBack(t, s)
	if err := s.Clear(t.Context()); err != nil {
		t.Errorf("clear without the tables of users: %v", err)
	}
	for _, table := range []string{"session_users", "session_not_before"} {
		pgtest.Exec(t, url, "ALTER TABLE gone_"+table+" RENAME TO "+table)
	}
	for range 5 { // on several connections
		created(t, s)
		pgtest.Exec(t, url, "ALTER TABLE session ALTER sid TYPE text, ALTER sess TYPE text, ALTER expire TYPE timestamptz(3)")
		if r, err := s.Get(t.Context(), "id"); err != nil || r.Data != someData {
			t.Errorf("another type: %+v, %v", r, err)
		}
		pgtest.Exec(t, url, "ALTER TABLE session ALTER sid TYPE varchar, ALTER sess TYPE json USING sess::json, ALTER expire TYPE timestamp(6)")
		if r, err := s.Get(t.Context(), "id"); err != nil || r.Data != someData {
			t.Errorf("the type of old: %+v, %v", r, err)
		}
	}
}

// Ensure that a pooler which gives each statement another connection, or somebody
// who throws away what is prepared on one, does no harm.
func TestPreparedStatements(t *testing.T) {
	t.Parallel()
	_, url := open(t)
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			pool, err := pgxpool.New(t.Context(), url+"&pool_max_conns=1&default_query_exec_mode="+mode)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			s, err := postgres.New(pool, postgres.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for name, op := range operations() {
				for range 2 {
					created(t, s)
					if err := s.Delete(t.Context(), "other", ""); err != nil {
						t.Fatal(err)
					}
					if err := op.call(t.Context(), s); err != nil {
						t.Errorf("%s: %v", name, err)
					}
					if _, err := pool.Exec(t.Context(), "DEALLOCATE ALL"); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// Ensure that a deadlock, and a transaction that cannot be serialised, are tried
// again, as long as the deadline allows.
func TestRolledBack(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40P01"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s, url := open(t)
			created(t, s)
			// A sequence is not rolled back.
			pgtest.Exec(t, url, "CREATE SEQUENCE attempts")
			pgtest.Exec(t, url, fmt.Sprintf(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
				'BEGIN IF nextval(''attempts'') %% 4 <> 0 THEN RAISE EXCEPTION ''again'' USING ERRCODE = ''%s''; END IF; RETURN NULL; END'`, code))
			pgtest.Exec(t, url, "CREATE TRIGGER fail AFTER INSERT OR UPDATE OR DELETE ON session FOR EACH ROW EXECUTE FUNCTION fail()")
			for _, name := range []string{"create", "touch", "save", "delete"} {
				if err := operations()[name].call(within(t, patience), s); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if n := pgtest.Value[int](t, url, "SELECT last_value FROM attempts"); n != 16 {
				t.Errorf("%d attempts, want 16", n)
			}
			pgtest.Exec(t, url, "ALTER SEQUENCE attempts INCREMENT 4 RESTART 1")
			ctx, cancel := context.WithTimeout(context.Background(), deadline)
			defer cancel()
			began := time.Now()
			err := s.Delete(ctx, "other", "")
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > deadline+grace {
				t.Errorf("always: %v after %v", err, time.Since(began))
			}
		})
	}
}

// Ensure that a record that somebody has locked holds up those who write it, until
// their deadline, and nobody else; and that a write that was given up takes no
// connection with it.
func TestLockedRecord(t *testing.T) {
	t.Parallel()
	s, url := open(t)
	created(t, s)
	other := connect(t, url)
	execOn(t, other, "BEGIN")
	execOn(t, other, "SELECT FROM session WHERE sid = 'id' FOR UPDATE")
	for range 3 {
		var wg sync.WaitGroup
		for _, name := range []string{"save", "touch", "delete"} {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), deadline)
				defer cancel()
				began := time.Now()
				err := operations()[name].call(ctx, s)
				if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > deadline+grace {
					t.Errorf("%s: %v after %v", name, err, took)
				}
			})
		}
		wg.Wait()
		for _, name := range []string{"get", "list", "note", "count"} {
			if err := operations()[name].call(within(t, patience), s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	execOn(t, other, "COMMIT")
	wantBack(t, s)
}
