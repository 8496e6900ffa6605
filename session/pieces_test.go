package session_test

import (
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// A record that the store in memory hands out in pieces reads, and is written
// back, as one that another store hands out whole, and a new one is written so.
func TestPieces(t *testing.T) {
	t.Parallel()
	const n, added, index session.Key[int] = "n", "added", "7"
	must := func(err error) {
		if err != nil {
			t.Error(err)
		}
	}
	changes := []func(*session.Session){
		func(*session.Session) {},
		func(s *session.Session) { n.Set(s, n.Get(s)+1) },
		func(s *session.Session) { added.Set(s, 1) },
		func(s *session.Session) { index.Set(s, 1) },
		func(s *session.Session) { index.Set(s, 1); n.Delete(s); added.Set(s, 1) },
		func(s *session.Session) { s.Clear(); index.Set(s, 1) },
		func(s *session.Session) { s.Clear() },
		func(s *session.Session) {
			c := s.Cookie()
			c.MaxAge = time.Hour
			s.SetCookie(c)
		},
		func(s *session.Session) { c := s.Cookie(); c.Path = "/x"; s.SetCookie(c); n.Set(s, 9) },
		// One record after the other, each on the version of the one before.
		func(s *session.Session) { must(s.Save(t.Context())) },
		func(s *session.Session) { added.Set(s, 2); must(s.Save(t.Context())); n.Set(s, 3) },
		func(s *session.Session) {
			must(s.Save(t.Context()))
			n.Set(s, n.Get(s)+1)
			must(s.Save(t.Context()))
			index.Set(s, 1)
		},
		func(s *session.Session) {
			added.Set(s, 2)
			must(s.Save(t.Context()))
			must(s.Reload(t.Context()))
			n.Set(s, 3)
		},
		func(s *session.Session) { added.Set(s, 2); must(s.Save(t.Context())); must(s.Renew(t.Context())) },
		func(s *session.Session) { must(s.Renew(t.Context())); must(s.Save(t.Context())); n.Set(s, 3) },
		func(s *session.Session) {
			must(s.Regenerate(t.Context()))
			n.Set(s, 3)
			must(s.Save(t.Context()))
			added.Set(s, 1)
		},
		func(s *session.Session) { added.Set(s, 2); must(s.Save(t.Context())); must(s.Destroy(t.Context())) },
	}
	const head = `{` + plainCookie
	for _, data := range []string{
		head + `,"n":1}`, head + `,"a":1,"n":1,"sojourn":{"created":5},"z":1}`, head + ` , "n" : 1 }`, head + `,"n":1,"n":2}`,
		head + `,"3":1,"n":1}`, head + `,"n":1,"3":1}`, head + `,"\u0033":1,"n":1}`, head + `,"":1}`,
		head + `,"n":1,` + plainCookie + `}`, head + `,"n":1,"cook\u0069e":{"path":"/x"}}`, head + `,"n":1,"cookie":0}`,
		`{"cookie":{"path":"/","expires":null,"originalMaxAge":null},"n":1}`, `{"cookie":{"originalMaxAge":60000,"expires":null,"path":"/"},"n":1}`,
		`{"cookie":{"originalMaxAge":3600000,"expires":"2026-11-27T01:02:03.456Z","httpOnly":true,"path":"/"},"n":1}`,
		"", head + `}`, head + `,"n":1`, head + `,}`, head + `,"n":1}}`, head + `,"n":1} `, `{"cookie":{"path":/},"n":1}`, `{"cookie":{},"n":1}`, `{"cookie":{"a":{}},"n":1}`,
		`{"cookie":{"path":"/},"},"n":1}`, `{"cookie":{"path":"/","a":"},"},"n":1}`, `{"cookie":{"path":"/"},"long":"` + strings.Repeat("x", 1000) + `"}`,
	} {
		for i, change := range changes {
			at := time.Now().Add(time.Hour).Truncate(time.Second)
			var got [2]string
			for j := range got {
				inMemory := memory.New(memory.Options{})
				if data != "" {
					if _, err := inMemory.Create(t.Context(), anID, data, at); err != nil {
						t.Fatal(err)
					}
				}
				o := plain(session.Options{Store: inMemory, Secrets: []string{benchSecret}, Logger: slog.New(slog.DiscardHandler)})
				if j == 1 {
					o.Store = struct{ store.Store }{inMemory}
				}
				m, err := session.New(o)
				if err != nil {
					t.Fatal(err)
				}
				h := m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					s := session.From(r)
					if data != "" && s.IsNew() {
						got[j] = "no session"
						return
					}
					change(s)
				}))
				for range 2 { // the second knows the settings
					h.ServeHTTP(&reusedWriter{header: http.Header{}}, visit{cookie: signedPair(t, anID)}.request())
				}
				var stored []string
				for r, err := range inMemory.All(t.Context()) {
					must(err)
					stored = append(stored, withoutInstants(r.Data))
				}
				slices.Sort(stored)
				got[j] += strings.Join(stored, " ")
				if c := m.Stats().Conflicts; c > 0 {
					t.Errorf("%s, change %d: %d conflicts of one request at a time", data, i, c)
				}
			}
			if got[0] != got[1] {
				t.Errorf("%s, change %d:\nin pieces %s\nwhole     %s", data, i, got[0], got[1])
			}
		}
	}
}

// withoutInstants replaces the instants of a record, which depend on the clock.
func withoutInstants(data string) string { return instants.ReplaceAllString(data, "T") }

var instants = regexp.MustCompile(`20\d\d-\d\d-\d\dT[\d:.]+Z`)
