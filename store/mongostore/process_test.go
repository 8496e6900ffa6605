package mongostore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/mongostore"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

const (
	roleVariable     = "SOJOURN_TEST_MONGODB_ROLE"
	databaseVariable = "SOJOURN_TEST_MONGODB_DATABASE"
	increments       = 50
)

// play is the main function of a second process, which waits for a line before it
// counts or advances.
func play(role string) int {
	s, err := mongostore.Open(context.Background(), os.Getenv(databaseVariable), mongostore.Options{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer s.Close()
	fmt.Println("ready")
	bufio.NewScanner(os.Stdin).Scan()
	if role == "advance" {
		err = advance(context.Background(), s, increments)
	} else {
		err = count(context.Background(), s, increments)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// count adds n to the number in the record "counter", one by one.
func count(ctx context.Context, s store.Store, n int) error {
	for n > 0 {
		r, err := s.Get(ctx, "counter")
		if err != nil {
			return err
		}
		was, err := strconv.Atoi(r.Data)
		if err != nil {
			return err
		}
		switch _, err = s.Save(ctx, "counter", strconv.Itoa(was+1), r.Expires, r.Version); {
		case err == nil:
			n--
		case !errors.Is(err, store.ErrConflict):
			return err
		}
	}
	return nil
}

// advance moves the instant of "ada" n times by a millisecond.
func advance(ctx context.Context, s *mongostore.Store, n int) error {
	for n > 0 {
		base, err := s.NotBefore(ctx, "ada")
		if err != nil {
			return err
		}
		next := base.Add(time.Millisecond)
		if base.IsZero() {
			next = time.UnixMilli(1)
		}
		if err := s.SetNotBefore(ctx, "ada", next, base); err == nil {
			n--
		} else if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return nil
}

// both runs f here and its role in a second process at the same time.
func both(t *testing.T, role, url string, f func() error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, databaseVariable+"="+url)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	if lines.Scan(); lines.Text() != "ready" {
		t.Errorf("second process: %s", lines.Text())
	}
	io.WriteString(stdin, "\n")
	if err := f(); err != nil {
		t.Error(err)
	}
	if lines.Scan() {
		t.Error(lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// Ensure that two processes do not lose an increment, nor two pools in each.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	url := mongotest.Start(t).URL()
	s, other := openAt(t, url, mongostore.Options{}), openAt(t, url, mongostore.Options{})
	if _, err := s.Create(t.Context(), "counter", "0", hourFromNow()); err != nil {
		t.Fatal(err)
	}
	both(t, "count", url, func() error {
		var wg sync.WaitGroup
		var errs [2]error
		for i, s := range []*mongostore.Store{s, other} {
			wg.Go(func() { errs[i] = count(t.Context(), s, increments) })
		}
		wg.Wait()
		return errors.Join(errs[:]...)
	})
	r, err := s.Get(t.Context(), "counter")
	if want := strconv.Itoa(3 * increments); err != nil || r.Data != want {
		t.Errorf("counter is %s, %v, want %s", r.Data, err, want)
	}
}

// Ensure that of two processes that set an instant on the same base one fails.
func TestTwoProcessesSetNotBefore(t *testing.T) {
	t.Parallel()
	url := mongotest.Start(t).URL()
	s := openAt(t, url, mongostore.Options{})
	both(t, "advance", url, func() error { return advance(t.Context(), s, increments) })
	got, err := s.NotBefore(t.Context(), "ada")
	if err != nil || got.UnixMilli() != 2*increments {
		t.Errorf("the instant is %d, %v, want %d", got.UnixMilli(), err, 2*increments)
	}
}
