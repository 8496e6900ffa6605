package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
)

const (
	roleVariable = "SOJOURN_TEST_POSTGRES_ROLE"
	urlVariable  = "SOJOURN_TEST_POSTGRES_URL"
	increments   = 100
)

// play is the main function of a second process, which counts in the record that
// is its role.
func play(role string) int {
	s, err := postgres.Open(context.Background(), os.Getenv(urlVariable), postgres.Options{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer s.Close()
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n')
	if err := count(context.Background(), s, role, increments); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// count adds n to the number in a record, one by one.
func count(ctx context.Context, s store.Store, id string, n int) error {
	for n > 0 {
		r, err := s.Get(ctx, id)
		if err != nil {
			return err
		}
		was, err := strconv.Atoi(r.Data)
		if err != nil {
			return err
		}
		switch _, err = s.Save(ctx, id, strconv.Itoa(was+1), r.Expires, r.Version); {
		case err == nil:
			n--
		case !errors.Is(err, store.ErrConflict):
			return err
		}
	}
	return nil
}

// Ensure that two processes, and two stores in one of them, do not lose an
// increment, in any isolation that a database may have as its default.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	for _, isolation := range []string{"read committed", "repeatable read", "serializable"} {
		t.Run(isolation, func(t *testing.T) {
			t.Parallel()
			_, address := open(t)
			address += "&default_transaction_isolation=" + url.PathEscape(isolation)
			one, two := openAt(t, address, postgres.Options{}), openAt(t, address, postgres.Options{})
			if _, err := one.Create(t.Context(), "counter", "0", hourFromNow()); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), roleVariable+"=counter", urlVariable+"="+address)
			cmd.Stderr = os.Stderr
			stdin, inErr := cmd.StdinPipe()
			stdout, outErr := cmd.StdoutPipe()
			if err := errors.Join(inErr, outErr, cmd.Start()); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stdout)
			if lines.Scan(); lines.Text() != "ready" {
				t.Fatalf("second process: %s", lines.Text())
			}
			io.WriteString(stdin, "\n")
			results := make(chan error, 2)
			for _, s := range []store.Store{one, two} {
				go func() { results <- count(t.Context(), s, "counter", increments) }()
			}
			for range cap(results) {
				if err := <-results; err != nil {
					t.Error(err)
				}
			}
			for lines.Scan() {
				t.Error(lines.Text())
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
			if r, err := one.Get(t.Context(), "counter"); err != nil || r.Data != strconv.Itoa(3*increments) {
				t.Errorf("counter is %s, %v, want %d", r.Data, err, 3*increments)
			}
		})
	}
}
