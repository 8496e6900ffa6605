package mongostore_test

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

// operations are those of a store on a record that is there.
func operations(base store.Version) map[string]func(context.Context, *mongostore.Store) error {
	return map[string]func(context.Context, *mongostore.Store) error{
		"get": func(ctx context.Context, s *mongostore.Store) error { _, err := s.Get(ctx, "id"); return err },
		"create": func(ctx context.Context, s *mongostore.Store) error {
			_, err := s.Create(ctx, "other", "{}", hourFromNow())
			return err
		},
		"save": func(ctx context.Context, s *mongostore.Store) error {
			_, err := s.Save(ctx, "id", `{"n":1}`, hourFromNow(), base)
			return err
		},
		"touch":  func(ctx context.Context, s *mongostore.Store) error { return s.Touch(ctx, "id", hourFromNow()) },
		"delete": func(ctx context.Context, s *mongostore.Store) error { return s.Delete(ctx, "id", base) },
		"note": func(ctx context.Context, s *mongostore.Store) error {
			return s.AddUserSession(ctx, "ada", "id", hourFromNow())
		},
		"take back": func(ctx context.Context, s *mongostore.Store) error { return s.RemoveUserSession(ctx, "ada", "id") },
		"noted": func(ctx context.Context, s *mongostore.Store) error {
			for _, err := range s.UserSessions(ctx, "ada") {
				return err
			}
			return nil
		},
		"instant": func(ctx context.Context, s *mongostore.Store) error { _, err := s.NotBefore(ctx, "ada"); return err },
		"set instant": func(ctx context.Context, s *mongostore.Store) error {
			return s.SetNotBefore(ctx, "ada", time.UnixMilli(1), time.Time{})
		},
		"list": func(ctx context.Context, s *mongostore.Store) error {
			for _, err := range s.All(ctx) {
				return err
			}
			return nil
		},
		"count": func(ctx context.Context, s *mongostore.Store) error { _, err := s.Count(ctx); return err },
		"clear": func(ctx context.Context, s *mongostore.Store) error { return s.Clear(ctx) },
	}
}

func created(t testing.TB, s *mongostore.Store, id string) store.Version {
	t.Helper()
	v, err := s.Create(within(t, patience), id, `{"n":1}`, hourFromNow())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func isNotFound(err error) bool { return errors.Is(err, store.ErrNotFound) }

// wantBack checks that the store works again, with the record that was there.
func wantBack(t testing.TB, s *mongostore.Store, base store.Version) {
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
	grace    = 20 * time.Second // a machine may be busy
)

// wantLate checks that all operations fail with the deadline, and not much later.
func wantLate(t *testing.T, s *mongostore.Store, base store.Version) {
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

// wantFailure checks that operations fail for a reason of the server's.
func wantFailure(t *testing.T, s *mongostore.Store, base store.Version, number int32, names ...string) {
	t.Helper()
	for _, name := range names {
		op := operations(base)[name]
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err := op(ctx, s)
		cancel()
		var e mongo.CommandError
		if !errors.As(err, &e) || e.Code != number || e.Message == "" || strings.Contains(err.Error(), "made by a test") {
			t.Errorf("%s: %v, want code %d", name, err, number)
		}
		for _, contract := range []error{store.ErrNotFound, store.ErrConflict, store.ErrExists} {
			if errors.Is(err, contract) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Ensure that a server which stands still makes operations late and no more: they end
// with their contexts, with connections and without, and all is well when it goes on.
func TestPausedServer(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	base := created(t, s, "id")
	before := runtime.NumGoroutine()
	server.Pause()
	defer server.Resume()
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
	if now := runtime.NumGoroutine(); now > before+1000 {
		t.Errorf("%d goroutines, before %d", now, before)
	}
	server.Resume()
	// What was sent before it stood still may have an effect now.
	for ctx := within(t, patience); ; {
		if _, err := s.Get(ctx, "any"); isNotFound(err) {
			break
		} else if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// Ensure that a server which is gone is an error in time, and that its records are
// there when it is back.
func TestStoppedServer(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	base := created(t, s, "id")
	server.Stop()
	for name, op := range operations(base) {
		// Some learn it at once, and the others wait for a server.
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		began := time.Now()
		err := op(ctx, s)
		cancel()
		if took := time.Since(began); err == nil || isNotFound(err) || took > deadline+grace {
			t.Errorf("%s: %v after %v", name, err, took)
		}
	}
	server.Restart(t)
	wantBack(t, s, base)
	server.Stop() // with connections that are idle
	server.Restart(t)
	wantBack(t, s, base)
	created(t, s, "new")
}

// Ensure that a server which is gone is an error even where the context has no
// deadline.
func TestStoppedServerNoDeadline(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL()+"?serverSelectionTimeoutMS=200", mongostore.Options{})
	base := created(t, s, "id")
	server.Stop()
	for name, op := range operations(base) {
		if err := op(context.Background(), s); err == nil || isNotFound(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Ensure that connections which were closed while they were idle are nobody's error for
// long, that a write whose answer is lost is an error and not repeated, and that a read
// is repeated.
func TestLostConnection(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	base := created(t, s, "id")
	server.Drop()
	wantBack(t, s, base)
	for name, command := range map[string]string{"create": "insert", "touch": "update", "set instant": "insert", "save": "update", "delete": "delete"} {
		base := base
		server.Watch()
		server.Script(command, mongotest.Step{Lose: true})
		if err := operations(base)[name](within(t, patience), s); err == nil || errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrConflict) || isNotFound(err) {
			t.Errorf("%s: %v", name, err)
		}
		if n := server.Calls()[command]; n != 1 {
			t.Errorf("%s: %d commands, want 1", name, n)
		}
		if name == "delete" {
			if _, err := s.Get(within(t, patience), "id"); !isNotFound(err) {
				t.Errorf("deleted, and then: %v", err)
			}
			created(t, s, "id")
		}
	}
	server.Watch()
	server.Script("find", mongotest.Step{Lose: true})
	if _, err := s.Get(within(t, patience), "id"); err != nil {
		t.Errorf("get: %v", err)
	}
	if n := server.Calls()["find"]; n != 2 {
		t.Errorf("get: %d commands, want 2", n)
	}
}

// Ensure that what a server refuses is an error of its number in our own words, and that
// the next operation works when it refuses no more.
func TestFailures(t *testing.T) {
	t.Parallel()
	all := slices.Collect(maps.Keys(operations("")))
	// After some errors the driver asks the server how it is, which takes half a second,
	// and reads until the deadline.
	some := []string{"create", "save", "touch"}
	for name, c := range map[string]struct {
		number     int32
		operations []string
	}{
		"NotWritablePrimary": {10107, some}, "InterruptedAtShutdown": {11600, some}, "Unauthorized": {13, all},
		"NamespaceNotFound": {26, all}, "OutOfDiskSpace": {14031, all}, "SomethingElse": {7654321, all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := mongotest.Start(t)
			s := openAt(t, server.URL(), mongostore.Options{})
			base := created(t, s, "id")
			server.ScriptAlways(mongotest.Every, mongotest.Step{Skip: true, Answer: mongotest.Failure(c.number, name)})
			wantFailure(t, s, base, c.number, c.operations...)
			if _, err := s.Get(within(t, deadline), "id"); err == nil || isNotFound(err) {
				t.Errorf("get: %v", err)
			}
			server.Unscript()
			wantBack(t, s, base)
			created(t, s, "new")
		})
	}
}

// Ensure that a write which met others is tried again until the deadline.
func TestWriteConflict(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	base := created(t, s, "id")
	conflict := mongotest.Step{Skip: true, Answer: mongotest.Failure(112, "WriteConflict")}
	server.Script("update", conflict, conflict)
	base, err := s.Save(within(t, patience), "id", `{"n":2}`, hourFromNow(), base)
	if err != nil {
		t.Fatal(err)
	}
	server.ScriptAlways("update", conflict)
	if _, err := s.Save(within(t, deadline), "id", `{"n":3}`, hourFromNow(), base); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	server.Unscript()
	wantBack(t, s, base)
}

// Ensure that a write which too few members have confirmed is an error: it may be lost.
func TestWriteConcernError(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	created(t, s, "id")
	server.Script("update", mongotest.Step{Answer: bson.D{
		{Key: "ok", Value: 1.0}, {Key: "n", Value: 1}, {Key: "nModified", Value: 1},
		{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 64}, {Key: "codeName", Value: "WriteConcernTimeout"}, {Key: "errmsg", Value: "made by a test"}}},
	}})
	if err := s.Touch(within(t, patience), "id", hourFromNow()); err == nil || !strings.Contains(err.Error(), "too few members") {
		t.Errorf("%v", err)
	}
}

// Ensure that an exhausted pool makes operations late and no more.
func TestExhaustedPool(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL()+"?maxPoolSize=1", mongostore.Options{})
	base := created(t, s, "id")
	here, release, result := make(chan bool), make(chan bool), make(chan error, 1)
	server.Script("find", mongotest.Step{Before: func() { close(here); <-release }})
	go func() { _, err := s.Get(within(t, patience), "id"); result <- err }()
	<-here
	wantLate(t, s, base)
	close(release)
	if err := <-result; err != nil {
		t.Error(err)
	}
	wantBack(t, s, base)
}

// Ensure that a collection which was dropped has no sessions, and takes new ones.
func TestDroppedCollection(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	base := created(t, s, "id")
	if err := server.Collection(t, "sessions").Drop(within(t, patience)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"get", "save", "touch", "delete"} {
		if err := operations(base)[name](within(t, patience), s); !isNotFound(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Clear(within(t, patience)); err != nil {
		t.Error(err)
	}
	wantBack(t, s, created(t, s, "id"))
}

// Ensure that what a server says of a failure is not repeated: it may quote a value.
func TestDiscreetErrors(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	server.ScriptAlways("insert", mongotest.Step{Skip: true, Answer: bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: 0},
		{Key: "writeErrors", Value: bson.A{bson.D{{Key: "index", Value: 0}, {Key: "code", Value: 121}, {Key: "errmsg", Value: "s3cr3t"}, {Key: "errInfo", Value: bson.D{{Key: "s3cr3t", Value: 1}}}}}}}})
	_, err := s.Create(within(t, patience), "s3cr3t-1d", `{"a":"s3cr3t"}`, hourFromNow())
	var e mongo.CommandError
	if !errors.As(err, &e) || e.Code != 121 || strings.Contains(err.Error(), "s3cr3t") || strings.Contains(e.Message, "s3cr3t") {
		t.Errorf("%v", err)
	}
}

// Ensure that Open does not outlast its context, and says in one sentence what is wrong.
func TestOpenFails(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	server.Pause()
	for name, stop := range map[string]func(){"paused": func() {}, "stopped": server.Stop} {
		stop()
		began := time.Now()
		_, err := mongostore.Open(within(t, deadline), server.URL(), mongostore.Options{})
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > deadline+grace ||
			!strings.HasPrefix(err.Error(), "mongostore: open: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v after %v", name, err, took)
		}
	}
}

// Ensure that Close can be called again and makes the other methods fail.
func TestClose(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	s := openAt(t, server.URL(), mongostore.Options{})
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	for name, op := range operations("{}") {
		if err := op(t.Context(), s); !errors.Is(err, mongostore.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	client := server.Client(t)
	s, err := mongostore.New(client.Database(server.Database()), mongostore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close(), client.Ping(within(t, patience), nil)); err != nil {
		t.Errorf("the application's client: %v", err)
	}
}
