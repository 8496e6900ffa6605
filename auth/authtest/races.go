package authtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
)

// raceChecks are about callers at the same time. Each plays many rounds, on an
// account of its own each time, as one round may by chance go well.
var raceChecks = []check{
	{"CreateRacesCreate", createRacesCreate},
	{"CreatesAtOnce", createsAtOnce},
	{"ReplaceRacesReplace", replaceRacesReplace},
	{"NoReplacementIsLost", noReplacementIsLost},
	{"NothingOldIsSeen", nothingOldIsSeen},
}

const (
	racers = 8
	rounds = 15
)

// eachRound calls f with one name after the other, until something is wrong.
func eachRound(t *testing.T, f func(name string, round int)) {
	for i := range rounds {
		if t.Failed() {
			return
		}
		f(fmt.Sprint("round", i), i)
	}
}

// createRacesCreate registers one name in several spellings at once.
func createRacesCreate(t *testing.T, accounts auth.Accounts) {
	eachRound(t, func(name string, _ int) {
		tried := make([]auth.Account, racers)
		winner := wantOneWinner(t, together(racers, func(i int) (err error) {
			tried[i] = auth.Account{Username: name, Key: name, Hash: hash(i)}
			if i%2 == 1 {
				tried[i].Username = "R" + name[1:]
			}
			tried[i].ID, err = accounts.Create(bounded(t), tried[i])
			return err
		}), auth.ErrNameTaken)
		wantAccount(t, accounts, tried[winner])
		for i, a := range tried {
			if i != winner && a.ID != "" {
				t.Error("a call that lost returns an id")
			}
		}
	})
}

func createsAtOnce(t *testing.T, accounts auth.Accounts) {
	eachRound(t, func(name string, _ int) {
		created := make([]auth.Account, racers)
		for i, err := range together(racers, func(i int) (err error) {
			created[i] = named(fmt.Sprint(name, "-", i), i)
			created[i].ID, err = accounts.Create(bounded(t), created[i])
			return err
		}) {
			if err != nil {
				t.Fatalf("Create: %v", err)
			}
			wantAccount(t, accounts, created[i])
		}
	})
}

func replaceRacesReplace(t *testing.T, accounts auth.Accounts) {
	eachRound(t, func(name string, _ int) {
		a := create(t, accounts, named(name, 100))
		winner := wantOneWinner(t, together(racers, func(i int) error {
			return accounts.ReplaceHash(bounded(t), a.ID, hash(100), hash(i))
		}), auth.ErrNoAccount)
		a.Hash = hash(winner)
		wantAccount(t, accounts, a)
	})
}

// noReplacementIsLost has everybody count on in the hash, and start over when
// somebody else was faster. Nobody writes before all have read.
func noReplacementIsLost(t *testing.T, accounts auth.Accounts) {
	const each = 10
	a := create(t, accounts, named("ada", 0))
	var allRead sync.WaitGroup
	allRead.Add(racers)
	for _, err := range together(racers, func(int) error {
		ctx := bounded(t)
		read := sync.OnceFunc(func() {
			allRead.Done()
			allRead.Wait()
		})
		defer read()
		for n := 0; n < each; {
			now, err := accounts.FindID(ctx, a.ID)
			read()
			if err != nil {
				return err
			}
			count, err := counted(now.Hash)
			if err != nil {
				return err
			}
			switch err := accounts.ReplaceHash(ctx, a.ID, now.Hash, hash(count+1)); {
			case err == nil:
				n++
			case !errors.Is(err, auth.ErrNoAccount):
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	a.Hash = hash(each * racers)
	wantAccount(t, accounts, a)
}

// counted returns the n of a hash.
func counted(h string) (int, error) { return strconv.Atoi(h[7:]) }

// nothingOldIsSeen looks while somebody replaces: what was stored before a look
// began is seen, by name and by id, and the rest of the account is as it was.
func nothingOldIsSeen(t *testing.T, accounts auth.Accounts) {
	const last = 40
	a := create(t, accounts, named("ada", 0))
	stored, seen := make([]chan struct{}, last), make([]chan struct{}, last)
	for n := range last {
		stored[n], seen[n] = make(chan struct{}), make(chan struct{})
	}
	write := func(ctx context.Context) (err error) {
		for n := range last {
			if err == nil {
				err = accounts.ReplaceHash(ctx, a.ID, hash(n), hash(n+1))
			}
			close(stored[n])
			<-seen[n] // by one of the others, while the rest is still looking
		}
		return err
	}
	for _, err := range together(1+racers/2, func(i int) (err error) {
		ctx := bounded(t)
		if i == 0 {
			return write(ctx)
		}
		for n := range last {
			<-stored[n]
			if err == nil {
				err = look(ctx, accounts, a, i%2 == 0, n+1)
			}
			if i == 1+n%2 {
				close(seen[n])
			}
		}
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
}

// look finds an account and checks that its hash is no older than the least.
func look(ctx context.Context, accounts auth.Accounts, a auth.Account, byID bool, least int) (err error) {
	var got auth.Account
	if byID {
		got, err = accounts.FindID(ctx, a.ID)
	} else {
		got, err = accounts.Find(ctx, a.Username, a.Key)
	}
	if err != nil {
		return err
	}
	switch count, err := counted(got.Hash); {
	case err != nil:
		return errors.New("a hash is seen that was never stored")
	case count < least:
		return errors.New("a hash is seen that had been replaced")
	}
	if got.Hash = a.Hash; got != a {
		return errors.New("an account is seen that is not whole")
	}
	return nil
}
