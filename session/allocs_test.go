//go:build !race

package session_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// What a request allocates beyond what its handler does. Under the race
// detector, where sync.Pool drops some of what is put into it, the numbers mean
// nothing.
func TestAllocations(t *testing.T) { // not parallel: AllocsPerRun forbids it
	for _, tt := range []struct {
		name   string
		atMost float64
		handle func(*http.Request)
	}{
		{"not asked for", 2, func(*http.Request) {}},
		{"read a string", 4, func(r *http.Request) { benchUser.Get(session.From(r)) }},
		{"read an int", 4, func(r *http.Request) { benchViews.Get(session.From(r)) }},
		{"read a struct", 11, func(r *http.Request) { benchRole.Get(session.From(r)) }},
		{"read what is not there", 4, func(r *http.Request) { session.Key[string]("none").Get(session.From(r)) }},
		{"read and write", 8, func(r *http.Request) {
			s := session.From(r)
			benchViews.Set(s, benchViews.Get(s)+1)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := memory.New(memory.Options{})
			if _, err := st.Create(context.Background(), benchID, benchRecord, time.Now().Add(24*time.Hour)); err != nil {
				t.Fatal(err)
			}
			m, err := session.New(session.Options{Secrets: []string{benchSecret}, Store: st})
			if err != nil {
				t.Fatal(err)
			}
			h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				tt.handle(r)
				w.Write(written)
			}))
			r := visit{cookie: "theme=dark; " + signedPair(t, benchID)}.request()
			w := &reusedWriter{header: http.Header{}}
			got := testing.AllocsPerRun(1000, func() { h.ServeHTTP(w, r) })
			t.Logf("%v allocations", got)
			if got > tt.atMost {
				t.Errorf("%v allocations, more than %v", got, tt.atMost)
			}
		})
	}
}
