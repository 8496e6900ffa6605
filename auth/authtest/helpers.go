package authtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
)

const (
	// patience is how long a single step may take before it counts as hung.
	patience = 30 * time.Second

	// soon is how long an operation may take to notice that its context has ended.
	soon = 5 * time.Second
)

// bounded returns a context for the steps of one check, so that an engine which
// hangs fails the check instead of the whole test run.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// hash returns what looks like a hash of bcrypt, and differs with n.
func hash(n int) string { return fmt.Sprintf("$2b$04$%053d", n) }

// named returns an account to create.
func named(name string, n int) auth.Account {
	return auth.Account{Username: name, Key: auth.Fold(name), Hash: hash(n)}
}

// create creates an account and returns it with its id.
func create(t *testing.T, accounts auth.Accounts, a auth.Account) auth.Account {
	t.Helper()
	id, err := accounts.Create(bounded(t), a)
	if err != nil {
		t.Fatalf("Create of %+.80q: %v", a.Username, err)
	}
	if id == "" {
		t.Fatal("Create returns no id")
	}
	a.ID = id
	return a
}

// wantAccount checks that an account is there just so, by whatever it is found.
func wantAccount(t *testing.T, accounts auth.Accounts, want auth.Account) {
	t.Helper()
	got, err := accounts.Find(bounded(t), want.Username, want.Key)
	if err != nil || got != want {
		t.Errorf("Find of %+.80q: %+v, %v; want %+v", want.Username, got, err, want)
	}
	got, err = accounts.FindID(bounded(t), want.ID)
	if err != nil || got != want {
		t.Errorf("FindID of %+.80q: %+v, %v; want %+v", want.Username, got, err, want)
	}
}

// wantNobody checks how an account was not found.
func wantNobody(t *testing.T, what string, got auth.Account, err error) {
	t.Helper()
	if !errors.Is(err, auth.ErrNoAccount) {
		t.Errorf("%s: %v, want %v", what, err, auth.ErrNoAccount)
	}
	if got != (auth.Account{}) {
		t.Errorf("%s: there is an account beside the error", what)
	}
}

// operation is one call with all but the context given.
type operation struct {
	name string
	call func(ctx context.Context) error
}

// operations are all that there are, on an account that is there. Create makes
// another of the given name.
func operations(accounts auth.Accounts, a auth.Account, other string) []operation {
	return []operation{
		{"Create", func(ctx context.Context) error {
			_, err := accounts.Create(ctx, named(other, 1))
			return err
		}},
		{"Find", func(ctx context.Context) error {
			_, err := accounts.Find(ctx, a.Username, a.Key)
			return err
		}},
		{"FindID", func(ctx context.Context) error {
			_, err := accounts.FindID(ctx, a.ID)
			return err
		}},
		{"ReplaceHash", func(ctx context.Context) error {
			return accounts.ReplaceHash(ctx, a.ID, a.Hash, hash(2))
		}},
	}
}

// together calls f for 0 to n-1 at the same moment, as nearly as a barrier can
// make it, and returns what the calls returned.
func together(n int, f func(i int) error) []error {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, n)
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

// wantOneWinner checks that one of the calls that raced has won and that each of
// the others has lost in the way it should. It returns the winner.
func wantOneWinner(t *testing.T, errs []error, loss error) int {
	t.Helper()
	winner, won := 0, 0
	for i, err := range errs {
		switch {
		case err == nil:
			winner = i
			won++
		case !errors.Is(err, loss):
			t.Errorf("a call that lost returns %v, want %v", err, loss)
		}
	}
	if won != 1 {
		t.Fatalf("%d of %d calls have won, want 1", won, len(errs))
	}
	return winner
}
