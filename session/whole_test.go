package session_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/internal/pieces"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// The tests put something around the store in memory, to look on and to
// interfere, and have their managers read and write in pieces all the same, as
// managers do that have the bare store. With this variable they do not, as with
// any other store.
const wholeVariable = "SOJOURN_TEST_WHOLE_RECORDS"

// TestWhole runs all tests once more, with records that come whole.
func TestWhole(t *testing.T) {
	t.Parallel()
	if os.Getenv(wholeVariable) != "" {
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.skip=^TestWhole$", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), wholeVariable+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// inPieces has m read from around, which stands around inner, in pieces if
// inner is a store in memory.
func inPieces(m *session.Manager, inner store.Store, do func(ctx context.Context, op, id string, operate func() error) error) {
	if s, ok := inner.(*memory.Store); ok && os.Getenv(wholeVariable) == "" {
		m.UsePieces(around{s, do})
	}
}

// around is a store in memory with something around it.
type around struct {
	store *memory.Store
	do    func(ctx context.Context, op, id string, operate func() error) error
}

func (a around) GetPieces(ctx context.Context, id string) (p pieces.Record, err error) {
	err = a.do(ctx, "get", id, func() error { p, err = a.store.GetPieces(ctx, id); return err })
	return p, err
}

func (a around) CreatePieces(ctx context.Context, d pieces.Draft) (p pieces.Record, err error) {
	err = a.do(ctx, "create", d.ID(), func() error { p, err = a.store.CreatePieces(ctx, d); return err })
	return p, err
}

func (a around) SavePieces(ctx context.Context, d pieces.Draft, base pieces.Record) (p pieces.Record, err error) {
	err = a.do(ctx, "save", d.ID(), func() error { p, err = a.store.SavePieces(ctx, d, base); return err })
	return p, err
}

var _ pieces.Store = around{}

// managerOf returns a manager of a store, into which it puts a session of anID.
func managerOf(t *testing.T, s store.Store) *session.Manager {
	t.Helper()
	m, err := session.New(session.Options{Store: s, Secrets: []string{benchSecret}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), anID, expressRecord, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return m
}

// loaded returns the session of a request of anID.
func loaded(t *testing.T, m *session.Manager) *session.Session {
	t.Helper()
	s, err := m.Load(visit{cookie: signedPair(t, anID)}.request())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A store that embeds the one in memory, with a Create, a Get and a Save of its
// own, is asked for them.
func TestEmbeddedStoreIsNotBypassed(t *testing.T) {
	t.Parallel()
	inner := &own{Store: memory.New(memory.Options{})}
	m := managerOf(t, inner)
	s := loaded(t, m)
	count(s)
	if err := s.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	added, err := m.Load(visit{}.request())
	if err != nil {
		t.Fatal(err)
	}
	count(added)
	if err := added.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	if inner.creates != 2 || inner.gets != 1 || inner.saves != 1 { // the first Create is managerOf's
		t.Errorf("%d calls of Create, %d of Get and %d of Save, want 2, 1 and 1", inner.creates, inner.gets, inner.saves)
	}
}

type own struct {
	*memory.Store
	creates, gets, saves int
}

func (s *own) Create(ctx context.Context, id, data string, expires time.Time) (store.Version, error) {
	s.creates++
	return s.Store.Create(ctx, id, data, expires)
}

func (s *own) Get(ctx context.Context, id string) (store.Record, error) {
	s.gets++
	return s.Store.Get(ctx, id)
}

func (s *own) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (store.Version, error) {
	s.saves++
	return s.Store.Save(ctx, id, data, expires, base)
}
