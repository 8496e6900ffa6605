package authtest_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/authtest"
)

// flaw is one way to break the contract, and the checks that must notice it.
type flaw struct {
	name   string
	caught []string
	plant  func(p *plain, f *flawed)
}

func flaws() []flaw { return slices.Concat(createFlaws, findFlaws, replaceFlaws, outerFlaws) }

// flawEnv names the flaw to a child process: the suite reports to a testing.T, and
// one that has failed cannot be made to have passed.
const flawEnv = "AUTHTEST_FLAW"

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
	uncaught := authtest.Names()
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
			authtest.Run(t, func(*testing.T) auth.Accounts { return newFlawed(f) })
		}
	}
}

var failure = regexp.MustCompile(`--- FAIL: TestFlawed/(\w+)`)

// runFlawed returns the names of the checks that have failed.
func runFlawed(t *testing.T, f flaw) (failed []string, output string) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.timeout=120s", "-test.run=^TestFlawed$/^("+strings.Join(f.caught, "|")+")$")
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

// flawed are plain accounts of which a flaw has replaced some methods.
type flawed struct {
	create  func(ctx context.Context, a auth.Account) (string, error)
	find    func(ctx context.Context, username, key string) (auth.Account, error)
	findID  func(ctx context.Context, id string) (auth.Account, error)
	replace func(ctx context.Context, id, old, replacement string) error
}

func newFlawed(f flaw) *flawed {
	p := newPlain()
	s := &flawed{p.Create, p.Find, p.FindID, p.ReplaceHash}
	f.plant(p, s)
	return s
}

func (f *flawed) Create(ctx context.Context, a auth.Account) (string, error) { return f.create(ctx, a) }

func (f *flawed) Find(ctx context.Context, username, key string) (auth.Account, error) {
	return f.find(ctx, username, key)
}

func (f *flawed) FindID(ctx context.Context, id string) (auth.Account, error) {
	return f.findID(ctx, id)
}

func (f *flawed) ReplaceHash(ctx context.Context, id, old, replacement string) error {
	return f.replace(ctx, id, old, replacement)
}
