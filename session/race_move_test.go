package session_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// A Renew or Regenerate while a Save is under way is not forgotten with it.
func TestMoveDuringSave(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]action{"Renew": renew, "Regenerate": regenerate} {
		for _, id := range []string{"", "some-id"} {
			t.Run(fmt.Sprintf("%s of %q", name, id), func(t *testing.T) {
				t.Parallel()
				web, g := newWeb(t, session.Options{}), newGate(t)
				web.store.plant(t, "some-id", `,"user":"guest"`)
				var saved, moved string
				resp := web.run(id, func(w http.ResponseWriter, r *http.Request) {
					s := session.From(r)
					webUser.Set(s, "bob")
					held := "save"
					if id == "" {
						held = "create"
					}
					web.store.follow(func(_ context.Context, op, id string) error {
						if op == held && saved == "" {
							saved = id
							g.pass()
						}
						return nil
					})
					done := make(chan error)
					go func() { done <- s.Save(r.Context()) }()
					g.await(t)
					must(t, move(s, r.Context()))
					moved = s.ID()
					webNote.Set(s, "after")
					g.open()
					must(t, await(t, done, "Save hangs"))
				})
				if moved == saved || sentID(t, resp) != moved {
					t.Errorf("saved as %q, moved to %q, cookie for %q", saved, moved, sentID(t, resp))
				}
				if _, err := web.store.Get(t.Context(), saved); err == nil {
					t.Error("the id from before lives")
				}
				want := map[string]string{"Renew": "bob", "Regenerate": ""}[name]
				if got := web.load(t, moved, webUser); got != want {
					t.Errorf("user %q, want %q", got, want)
				}
				if got := web.load(t, moved, webNote); got != "after" {
					t.Errorf("note %q", got)
				}
			})
		}
	}
}

// A login that finds its session gone may start over with an empty one.
func TestRegenerateAfterGone(t *testing.T) {
	t.Parallel()
	st := memory.New(memory.Options{})
	m, err := session.New(session.Options{
		Secrets: []string{"a secret of this test alone"}, Store: st, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	const user session.Key[string] = "user"
	start := func(r *http.Request) *session.Session {
		s, err := m.Load(r)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := start(httptest.NewRequest("GET", "/", nil))
	user.Set(first, "before")
	h := http.Header{}
	if err := first.Commit(h); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Cookie", h.Get("Set-Cookie"))

	s := start(r)
	if err := st.Delete(t.Context(), s.ID(), ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context()); !errors.Is(err, session.ErrGone) {
		t.Fatalf("Save: %v, want ErrGone", err)
	}
	if err := s.Regenerate(t.Context()); err != nil {
		t.Fatalf("Regenerate: %v", err)
	}
	user.Set(s, "after")
	if err := s.Save(t.Context()); err != nil {
		t.Fatalf("Save after Regenerate: %v", err)
	}
	h = http.Header{}
	if err := s.Commit(h); err != nil || h.Get("Set-Cookie") == "" || s.ID() == first.ID() {
		t.Errorf("Commit: %v, Set-Cookie %q", err, h.Get("Set-Cookie"))
	}
}
