package storetest_test

import (
	"context"
	"iter"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

// flaw is one way to break the contract, and the checks that must notice it.
type flaw struct {
	name   string
	caught []string
	plant  func(p *plain, f *flawed)
}

func flaws() []flaw {
	return slices.Concat(operationFlaws, expiryFlaws, raceFlaws, outerFlaws, listFlaws, userFlaws, instantFlaws, renamedFlaws)
}

// flawEnv names the flaw to a child process: the suite reports to a testing.T, and
// one that has failed cannot be made to have passed.
const flawEnv = "STORETEST_FLAW"

// TestEachFlawIsCaught proves that the suite can fail: it runs the checks that a
// flaw is for in a process of their own and expects each of them to fail.
func TestEachFlawIsCaught(t *testing.T) {
	t.Parallel()
	for _, f := range flaws() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			failed, output := runFlawed(t, f)
			for _, name := range f.caught {
				if !slices.Contains(failed, name) {
					t.Errorf("%s has not noticed:\n%s", name, output)
				}
			}
		})
	}
}

// TestEachCheckCatchesAFlaw makes sure that no check is left out of that.
func TestEachCheckCatchesAFlaw(t *testing.T) {
	t.Parallel()
	uncaught := storetest.Names()
	for _, f := range flaws() {
		uncaught = slices.DeleteFunc(uncaught, func(name string) bool { return slices.Contains(f.caught, name) })
	}
	for _, name := range uncaught {
		t.Errorf("there is no flaw for %s to catch", name)
	}
}

// TestFlawed is what the child process runs.
func TestFlawed(t *testing.T) {
	name := os.Getenv(flawEnv)
	if name == "" {
		t.Skip("it is run by TestEachFlawIsCaught")
	}
	for _, f := range flaws() {
		if f.name == name {
			storetest.Run(t, func(t *testing.T) store.Store { return newFlawed(t, f) })
		}
	}
}

// pattern makes the -run flag for some of the checks. The part of a check's name
// after a slash is a level of its own there.
func pattern(checks []string) string {
	var upper, lower []string
	for _, name := range checks {
		group, rest, sub := strings.Cut(name, "/")
		upper = append(upper, group)
		if sub {
			lower = append(lower, rest)
		}
	}
	p := "^TestFlawed$/^(" + strings.Join(upper, "|") + ")$"
	if lower != nil {
		p += "/^(" + strings.Join(lower, "|") + ")$"
	}
	return p
}

var failure = regexp.MustCompile(`--- FAIL: TestFlawed/([\w/]+)`)

// runFlawed returns the names of the checks that have failed.
func runFlawed(t *testing.T, f flaw) (failed []string, output string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.timeout=60s", "-test.run="+pattern(f.caught))
	cmd.Env = append(os.Environ(), flawEnv+"="+f.name)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("the suite has passed")
	}
	for _, m := range failure.FindAllStringSubmatch(string(out), -1) {
		failed = append(failed, m[1])
	}
	return failed, string(out)
}

// flawed is a plain store of which a flaw has replaced some methods.
type flawed struct {
	*plain
	get    func(ctx context.Context, id string) (store.Record, error)
	create func(ctx context.Context, id, data string, expires time.Time) (store.Version, error)
	save   func(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error)
	touch  func(ctx context.Context, id string, expires time.Time) error
	delete func(ctx context.Context, id string, base store.Version) error
	all    func(ctx context.Context) iter.Seq2[store.Stored, error]
	count  func(ctx context.Context) (int, error)
	clear  func(ctx context.Context) error
	users  userMethods

	storedID func(id string) string
	stored   store.Store
}

func newFlawed(t *testing.T, f flaw) *flawed {
	p := newPlain(t)
	s := &flawed{
		p, p.Get, p.Create, p.Save, p.Touch, p.Delete, p.All, p.Count, p.Clear, p.userMethods(),
		func(id string) string { return id }, p,
	}
	f.plant(p, s)
	return s
}

func (f *flawed) Get(ctx context.Context, id string) (store.Record, error) {
	return f.get(ctx, id)
}

func (f *flawed) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	return f.create(ctx, id, data, expires)
}

func (f *flawed) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	return f.save(ctx, id, data, expires, base)
}

func (f *flawed) Touch(ctx context.Context, id string, expires time.Time) error {
	return f.touch(ctx, id, expires)
}

func (f *flawed) Delete(ctx context.Context, id string, base store.Version) error {
	return f.delete(ctx, id, base)
}

func (f *flawed) All(ctx context.Context) iter.Seq2[store.Stored, error] { return f.all(ctx) }
func (f *flawed) Count(ctx context.Context) (int, error)                 { return f.count(ctx) }
func (f *flawed) Clear(ctx context.Context) error                        { return f.clear(ctx) }

// with calls f with the records locked.
func (p *plain) with(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// giveWay lets the others come in between two steps that should be one.
func giveWay() {
	time.Sleep(time.Millisecond)
}
