package twins_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
)

// login is what passport keeps in a session.
const login session.Key[struct {
	User json.RawMessage `json:"user,omitempty"`
}] = "passport"

// twin is what testdata/express.js is, in Go.
type twin struct {
	*httptest.Server
	gates   gates
	handler atomic.Pointer[http.Handler]
	options session.Options

	gone, conflicts atomic.Int64 // what the hooks were told
}

func startTwin(t *testing.T, records store.Store, idle time.Duration, o options) *twin {
	t.Helper()
	w := &twin{}
	w.options = session.Options{
		Secrets: o.Secrets,
		Store:   records,
		Rolling: o.Rolling,
		// As Express is by default: see docs/express.md.
		Cookie: session.Cookie{
			Secure: session.SecureNever, SameSite: http.SameSiteDefaultMode,
			MaxAge: time.Duration(o.MaxAge) * time.Millisecond,
		},
		IdleTimeout:  idle,
		Eager:        true,
		TouchAfter:   -1,
		StoreTimeout: patience,
		Logger:       slog.New(slog.DiscardHandler),
	}
	w.options.Hooks.Gone = func(_ ctx, _ session.Event) { w.gone.Add(1) }
	w.options.Hooks.Conflict = func(_ ctx, _ session.Event) { w.conflicts.Add(1) }
	w.rotate(t, o.Secrets...)
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		(*w.handler.Load()).ServeHTTP(rw, r)
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *twin) String() string { return "Go" }

func (w *twin) url() string { return w.URL }

func (w *twin) reached(t *testing.T, name string) {
	t.Helper()
	select {
	case <-w.gates.gate(name).reached:
	case <-time.After(patience):
		t.Fatalf("no request has reached %q", name)
	}
}

func (w *twin) open(_ *testing.T, name string) { w.gates.gate(name).open() }

// rotate makes another manager on the same store, as a new version of a program
// is started while the old one still serves.
func (w *twin) rotate(t *testing.T, secrets ...string) {
	t.Helper()
	o := w.options
	o.Secrets = secrets
	m, err := session.New(o)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", w.login)
	mux.HandleFunc("POST /logout", w.logout)
	mux.HandleFunc("POST /me", w.me)
	mux.HandleFunc("POST /steps", w.steps)
	h := m.Handler(mux)
	w.handler.Store(&h)
}

func (w *twin) login(rw http.ResponseWriter, r *http.Request) {
	var user json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&user); err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	s := session.From(r)
	if err := s.Renew(r.Context()); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	as := login.Get(s)
	as.User = user
	login.Set(s, as)
	reply(rw, answer{ID: s.ID()})
}

func (w *twin) logout(rw http.ResponseWriter, r *http.Request) {
	if err := session.From(r).Destroy(r.Context()); err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(rw, answer{})
}

func (w *twin) me(rw http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	user := "null"
	if as := login.Get(s); as.User != nil {
		user = string(as.User)
	}
	reply(rw, answer{ID: s.ID(), Out: []*string{&user}})
}

func (w *twin) steps(rw http.ResponseWriter, r *http.Request) {
	var steps [][]json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&steps); err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	s := session.From(r)
	var out []*string
	for _, step := range steps {
		text, err := w.step(r, s, step)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		out = append(out, text)
	}
	reply(rw, answer{ID: s.ID(), Out: out})
}

// step does one of the things that a request can do with its session.
func (w *twin) step(r *http.Request, s *session.Session, step []json.RawMessage) (*string, error) {
	verb, args := word(step[0]), step[1:]
	key := func() string { return word(args[0]) }
	value := func() session.Key[json.RawMessage] { return session.Key[json.RawMessage](key()) }
	switch verb {
	case "get":
		v, ok, err := value().Lookup(s)
		if !ok || err != nil {
			return nil, err
		}
		return text(string(v)), nil
	case "keys":
		keys, err := json.Marshal(s.Keys())
		return text(string(keys)), err
	case "set":
		if args[1][0] == '"' { // as a program would have it
			session.Key[string](key()).Set(s, word(args[1]))
			break
		}
		value().Set(s, args[1])
	case "add":
		n := number(args[1])
		_, err := session.Key[int](key()).Update(s, func(v int) int { return v + n })
		return nil, err
	case "delete":
		value().Delete(s)
	case "maxAge":
		c := s.Cookie()
		c.MaxAge = time.Duration(number(args[0])) * time.Millisecond
		s.SetCookie(c)
	case "originalMaxAge":
		if age := s.Cookie().MaxAge; age != 0 {
			return text(fmt.Sprint(age.Milliseconds())), nil
		}
		return text("null"), nil
	case "discard":
		s.Discard()
	case "save":
		return nil, s.Save(r.Context())
	case "regenerate":
		return nil, s.Regenerate(r.Context())
	case "destroy":
		return nil, s.Destroy(r.Context())
	case "hold":
		g := w.gates.gate(key())
		g.reach()
		select {
		case <-g.opened:
		case <-r.Context().Done():
		}
	default:
		return nil, fmt.Errorf("no such step: %q", verb)
	}
	return nil, nil
}

func text(s string) *string { return &s }

func word(raw json.RawMessage) (s string) {
	if err := json.Unmarshal(raw, &s); err != nil {
		panic(err)
	}
	return s
}

func number(raw json.RawMessage) (n int) {
	if err := json.Unmarshal(raw, &n); err != nil {
		panic(err)
	}
	return n
}

func reply(rw http.ResponseWriter, a answer) {
	rw.Header().Set("Content-Type", "application/json")
	json.NewEncoder(rw).Encode(a)
}

// gates are where requests wait until the test lets them go on.
type gates struct {
	mu    sync.Mutex
	named map[string]*gate
}

type gate struct {
	reached, opened chan struct{}
	reach, open     func() // close the channels
}

func (g *gates) gate(name string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.named[name] == nil {
		n := &gate{reached: make(chan struct{}), opened: make(chan struct{})}
		n.reach = sync.OnceFunc(func() { close(n.reached) })
		n.open = sync.OnceFunc(func() { close(n.opened) })
		if g.named == nil {
			g.named = map[string]*gate{}
		}
		g.named[name] = n
	}
	return g.named[name]
}
