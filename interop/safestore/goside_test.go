package safestore_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

const user session.Key[string] = "user"

// gates hold the requests of our side, as those of testdata/app.js do.
type gates struct {
	mu    sync.Mutex
	gates map[string]*gate
}

type gate struct {
	held   int
	change *sync.Cond // of held
	open   chan struct{}
}

func (g *gates) gate(name string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gates[name] == nil {
		g.gates[name] = &gate{change: sync.NewCond(&g.mu), open: make(chan struct{})}
	}
	return g.gates[name]
}

func (g *gates) hold(name string) {
	gate := g.gate(name)
	g.mu.Lock()
	gate.held++
	gate.change.Broadcast()
	g.mu.Unlock()
	<-gate.open
}

func (g *gates) wait(name string, n int) {
	gate := g.gate(name)
	g.mu.Lock()
	defer g.mu.Unlock()
	for gate.held < n {
		gate.change.Wait()
	}
}

// startGo starts a server of ours with /set and /logout of testdata/app.js, and the
// gates of its requests.
func startGo(t testing.TB, redis *redistest.Server) (*side, *gates) {
	t.Helper()
	records, err := redisstore.Open(t.Context(), redis.URL(0), redisstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := records.Close(); err != nil {
			t.Error(err)
		}
	})
	sessions, err := session.New(session.Options{
		Secrets:      []string{secret},
		Store:        records,
		StoreTimeout: patience,
		Logger:       slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	held := &gates{gates: map[string]*gate{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/set", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if user.Get(s) != "alice" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if name := r.FormValue("gate"); name != "" {
			held.hold(name)
		}
		session.Key[string](r.FormValue("key")).Set(s, r.FormValue("value"))
	})
	mux.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Destroy(r.Context()) // an error becomes a 503
	})
	server := httptest.NewServer(sessions.Handler(mux))
	t.Cleanup(server.Close)
	return &side{t, server.URL}, held
}
