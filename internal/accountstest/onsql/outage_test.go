package onsql_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/sqlusers"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

// server is one that can be taken away.
type server struct {
	*database
	pause, resume, stop, restart func()
}

func TestOutageOfPostgres(t *testing.T) {
	t.Parallel()
	s := pgtest.Start(t)
	testOutage(t, server{
		onPostgres(t, s.Database(t, "app")), func() { s.Pause(t) }, func() { s.Resume(t) }, s.Halt, func() { s.Restart(t) },
	})
}

func TestOutageOfMariaDB(t *testing.T) {
	t.Parallel()
	s := mysqltest.Start(t)
	testOutage(t, server{
		onMariaDB(t, s.Database(t)), func() { s.Pause(t) }, func() { s.Resume(t) }, s.Stop, func() { s.Restart(t) },
	})
}

// testOutage ensures that while the server is away everything is an error, by its
// deadline, that nobody is taken for anybody or for nobody, and that all is well
// when it is back.
func testOutage(t *testing.T, s server) {
	t.Helper()
	users := s.open(t, s.options)
	ada := auth.Account{Username: "Ada", Key: "ada", Hash: "hash"}
	var err error
	if ada.ID, err = users.Create(within(t), ada); err != nil {
		t.Fatal(err)
	}

	s.pause()
	wantAway(t, users, ada, "paused")
	s.resume()
	wantBack(t, users, ada)

	s.stop()
	wantAway(t, users, ada, "stopped")
	if _, err := sqlusers.New(within(t), s.db, s.options); err == nil || errors.Is(err, sqlusers.ErrTable) {
		t.Errorf("New while it is stopped: %v", err)
	}
	s.restart()
	wantBack(t, users, ada)
}

// wantAway checks every operation, and what an Authenticator makes of it.
func wantAway(t *testing.T, users auth.Accounts, ada auth.Account, how string) {
	t.Helper()
	const deadline = time.Second
	for name, call := range map[string]func(context.Context) error{
		"Create": func(ctx context.Context) error {
			_, err := users.Create(ctx, auth.Account{Username: "Eve " + how, Key: "eve " + how, Hash: "hash"})
			return err
		},
		"Find":        func(ctx context.Context) error { _, err := users.Find(ctx, "Ada", "ada"); return err },
		"FindID":      func(ctx context.Context) error { _, err := users.FindID(ctx, ada.ID); return err },
		"ReplaceHash": func(ctx context.Context) error { return users.ReplaceHash(ctx, ada.ID, "not the hash", "x") },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), deadline)
		began := time.Now()
		err := call(ctx)
		took := time.Since(began)
		cancel()
		if err == nil || errors.Is(err, auth.ErrNoAccount) || errors.Is(err, auth.ErrNameTaken) {
			t.Errorf("%s while it is %s: %v", name, how, err)
		}
		if took > deadline+patience/2 { // a busy machine may be late, but not that late
			t.Errorf("%s while it is %s takes %v", name, how, took)
		}
	}
	a, err := auth.New(auth.Options{Accounts: users, Timeout: deadline, Cost: 4})
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(session.Options{Secrets: []string{"a secret of the tests, not short"}})
	if err != nil {
		t.Fatal(err)
	}
	sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, enter := range []func(http.ResponseWriter, *http.Request, auth.Credentials) (auth.User, error){a.Login, a.Register} {
			_, err := enter(w, r, auth.Credentials{Username: "Eve", Password: "correct horse"})
			if !errors.Is(err, auth.ErrAccounts) {
				t.Errorf("logging in or registering while it is %s: %v", how, err)
			}
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil))
}

// wantBack waits until the server is found again.
func wantBack(t *testing.T, users auth.Accounts, ada auth.Account) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		got, err := users.Find(within(t), "Ada", "ada")
		if err == nil && got == ada {
			return
		}
		if err == nil || errors.Is(err, auth.ErrNoAccount) || time.Now().After(deadline) {
			t.Fatalf("after the outage: %+v, %v", got, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
