package session_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

// look reads keys, which is all that it does to the session.
func look(s *session.Session, _ context.Context) error {
	webUser.Get(s)
	webCount.Get(s)
	webNote.Get(s)
	return nil
}

func set(key session.Key[string], value string) action {
	return func(s *session.Session, _ context.Context) error { key.Set(s, value); return nil }
}

func remove(key session.Key[string]) action {
	return func(s *session.Session, _ context.Context) error { key.Delete(s); return nil }
}

func empty(s *session.Session, _ context.Context) error { s.Clear(); return nil }

func take(s *session.Session, _ context.Context) error { webNote.Take(s); return nil }

// replaced is what an Express application does that shares the session: it
// writes the whole record.
func replaced(members string) func(string) string {
	return func(string) string { return fmt.Sprintf(webRecord, members) }
}

// A request has loaded the session; another writes it; the request changes and
// stores it. Nothing is lost but what was overwritten, and that is reported.
func TestMerge(t *testing.T) {
	t.Parallel()
	const start = `,"user":"guest","count":41,"note":"hi"`
	for _, tc := range []struct {
		name      string
		reads     action // before the other writes
		other     string // the members that the other leaves
		acts      action
		want      string
		conflicts string // keys that are told to the hook
	}{
		{"set, other changed the same", look, `,"user":"x","count":41,"note":"hi"`, set(webUser, "bob"),
			`,"user":"bob","count":41,"note":"hi"`, "user"},
		{"set unread, other changed the same", nothing, `,"user":"x","count":41,"note":"hi"`, set(webUser, "bob"),
			`,"user":"bob","count":41,"note":"hi"`, ""},
		{"set, other changed another", look, `,"user":"guest","count":42,"note":"hi"`, set(webUser, "bob"),
			`,"user":"bob","count":42,"note":"hi"`, ""},
		{"set, other deleted the same", look, `,"count":41,"note":"hi"`, set(webUser, "bob"),
			`,"count":41,"note":"hi","user":"bob"`, "user"},
		{"set an absent key, other set it", func(s *session.Session, _ context.Context) error {
			session.Key[string]("new").Get(s)
			return nil
		}, start + `,"new":"theirs"`, set("new", "mine"), start + `,"new":"mine"`, "new"},
		{"delete, other changed the same", look, `,"user":"x","count":41,"note":"hi"`, remove(webUser),
			`,"count":41,"note":"hi"`, "user"},
		{"delete, other changed another", look, `,"user":"guest","count":1,"note":"hi"`, remove(webUser),
			`,"count":1,"note":"hi"`, ""},
		{"delete, other deleted the same", nothing, `,"count":41,"note":"hi"`, remove(webUser),
			`,"count":41,"note":"hi"`, ""},
		{"read after own set", all(set(webUser, "bob"), look), `,"user":"x","count":41,"note":"hi"`, set(webUser, "carol"),
			`,"user":"carol","count":41,"note":"hi"`, ""},
		{"take before, other changed another", take, `,"user":"x","count":41,"note":"hi"`, nothing,
			`,"user":"x","count":41`, ""},
		{"take before, other changed the same", take, `,"user":"guest","count":41,"note":"new"`, nothing,
			`,"user":"guest","count":41`, "note"},
		{"update", nothing, `,"user":"guest","count":100,"note":"hi"`, update,
			`,"user":"guest","count":101,"note":"hi"`, ""},
		{"update of a key read", look, `,"user":"guest","count":100,"note":"hi"`, update,
			`,"user":"guest","count":101,"note":"hi"`, ""},
		{"update twice", nothing, `,"user":"guest","count":100,"note":"hi"`, all(update, update),
			`,"user":"guest","count":102,"note":"hi"`, ""},
		{"update, other deleted it", nothing, `,"user":"guest","note":"hi"`, update,
			`,"user":"guest","note":"hi","count":1`, ""},
		{"set, then update", nothing, `,"user":"guest","count":100,"note":"hi"`,
			all(func(s *session.Session, _ context.Context) error { webCount.Set(s, 7); return nil }, update),
			`,"user":"guest","count":8,"note":"hi"`, ""},
		{"clear, other added", nothing, start + `,"new":"theirs"`, empty, ``, ""},
		{"clear, then set", look, `,"user":"x","count":1,"new":"theirs"`, all(empty, set(webUser, "bob")), `,"user":"bob"`, "user"},
		{"clear, then set, other added", look, start + `,"new":"theirs"`, all(empty, set(webUser, "bob")), `,"user":"bob"`, ""},
		{"update, then clear", nothing, start + `,"new":"theirs"`, all(update, empty), ``, ""},
		{"two keys", look, `,"user":"x","count":2,"note":"y"`, all(set(webNote, "mine"), set(webUser, "bob")),
			`,"user":"bob","count":2,"note":"mine"`, "note user"},
		{"Express reorders and adds", look, `,"passport":{"user":1},"note":"hi","user":"guest"`, update,
			`,"passport":{"user":1},"note":"hi","user":"guest","count":1`, ""},
	} {
		for _, by := range []string{"Commit", "Save", "Renew"} {
			t.Run(tc.name+", "+by, func(t *testing.T) {
				t.Parallel()
				var told []session.Event
				web := newWeb(t, session.Options{Hooks: session.Hooks{
					Conflict: func(_ context.Context, e session.Event) { told = append(told, e) },
				}})
				web.store.plant(t, "some-id", start)
				r := request("/", "some-id")
				s, err := web.Manager.Load(r)
				if err != nil {
					t.Fatal(err)
				}
				must(t, tc.reads(s, t.Context()))
				web.store.rewrite(t, "some-id", replaced(tc.other))
				must(t, tc.acts(s, t.Context()))
				switch by {
				case "Save":
					must(t, s.Save(t.Context()))
				case "Renew":
					must(t, s.Renew(t.Context()))
				}
				must(t, s.Commit(http.Header{}))
				if _, got, _ := strings.Cut(web.store.data(s.ID()), "}"); got != tc.want+"}" {
					t.Errorf("stored:\n got %s\nwant %s}", got, tc.want)
				}
				if n := web.store.held(); n != 1 {
					t.Errorf("%d records", n)
				}
				var keys []string
				for _, e := range told {
					if e.ID != s.ID() || e.Request != r {
						t.Errorf("Conflict was told of id %q and request %p, want %q and %p", e.ID, e.Request, s.ID(), r)
					}
					keys = append(keys, e.Keys...)
				}
				slices.Sort(keys)
				if got := strings.Join(keys, " "); got != tc.conflicts {
					t.Errorf("conflicts %q, want %q", got, tc.conflicts)
				}
				if web.Stats().Conflicts != 1 {
					t.Errorf("Stats = %+v", web.Stats())
				}
			})
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
