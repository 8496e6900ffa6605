package auth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHandler(t, cheap(newInMemory()), nil)
		phone, laptop := s.visitor(t), s.visitor(t)
		phone.header.Set("User-Agent", "Phone/1.0")
		laptop.header.Set("User-Agent", "Laptop\r\n\u202e<b>"+strings.Repeat("é", 200))
		start := time.Now().Truncate(time.Second)
		phone.register("Ada")
		s.visitor(t).register("Eve")
		time.Sleep(10 * time.Minute)
		laptop.logsIn("Ada")

		check := func(v *visitor, seen ...time.Duration) []auth.Session {
			t.Helper()
			sessions := v.sessions()
			if len(sessions) != len(seen) {
				t.Fatalf("%d sessions, want %d", len(sessions), len(seen))
			}
			for i, one := range sessions {
				if got := one.LastSeen.Sub(start); got != seen[i] {
					t.Errorf("session %d was seen after %v, want %v", i, got, seen[i])
				}
				if left := time.Until(one.Expires); left < 23*time.Hour || left > 24*time.Hour {
					t.Errorf("session %d expires in %v", i, left)
				}
				if one.Handle == "" || strings.Contains(v.cookies["connect.sid"], one.Handle) {
					t.Errorf("session %d has the handle %q", i, one.Handle)
				}
			}
			return sessions
		}
		sessions := check(phone, 10*time.Minute, 0)
		if sessions[0].Current || !sessions[1].Current {
			t.Error("the wrong one is marked")
		}
		if got := sessions[0].UserAgent; !strings.HasPrefix(got, "Laptop<b>é") || len(got) > 256 || sessions[1].UserAgent != "Phone/1.0" {
			t.Errorf("agents: %q and %q", got, sessions[1].UserAgent)
		}
		if got := sessions[0].Created.Sub(start); got != 10*time.Minute {
			t.Errorf("created after %v", got)
		}

		// Use is noted by the minute.
		time.Sleep(5 * time.Minute)
		phone.name()
		time.Sleep(time.Minute - time.Second)
		phone.name()
		check(phone, 15*time.Minute, 10*time.Minute)
		time.Sleep(time.Second)
		phone.name()
		sessions = check(laptop, 16*time.Minute, 10*time.Minute)

		// Eve cannot end what is not hers.
		eve := s.visitor(t)
		eve.logsIn("Eve")
		for _, handle := range []string{sessions[0].Handle, "", "junk", strings.Repeat("x", 1<<16)} {
			if status := eve.post("/end", "handle", handle).Code; status != http.StatusNotFound {
				t.Errorf("ending somebody else's session: %d", status)
			}
		}
		if status := laptop.post("/end", "handle", sessions[0].Handle).Code; status != http.StatusOK || phone.name() != "" || laptop.name() != "Ada" {
			t.Errorf("ending another session: %d", status)
		}
		if status := laptop.post("/end", "handle", sessions[0].Handle).Code; status != http.StatusNotFound {
			t.Errorf("ending it again: %d", status)
		}
		if status := laptop.post("/end", "handle", sessions[1].Handle).Code; status != http.StatusOK || laptop.name() != "" {
			t.Errorf("ending the current session: %d", status)
		}
	})
}

func TestEndOtherSessions(t *testing.T) {
	t.Parallel()
	s := newHandler(t, cheap(newInMemory()), nil)
	v, other, eve := s.visitor(t).register("Ada"), s.visitor(t), s.visitor(t).register("Eve")
	other.logsIn("Ada")
	v.post("/cart")
	before := v.cookies["connect.sid"]
	if status := v.post("/end-others").Code; status != http.StatusOK {
		t.Fatalf("ending the others: %d", status)
	}
	if other.name() != "" || v.name() != "Ada" || eve.name() != "Eve" || len(v.sessions()) != 1 {
		t.Error("not the others have ended, or not only they")
	}
	if v.cookies["connect.sid"] == before || v.send(http.MethodGet, "/cart", "").Header().Get("Cart") != "full" {
		t.Error("the session did not go on under a new id")
	}
	if !other.logsIn("Ada") || other.name() != "Ada" {
		t.Error("nobody can log in any more")
	}
}

func TestSessionsRefusals(t *testing.T) {
	t.Parallel()
	s := newHandler(t, cheap(newInMemory()), nil)
	plain := newHandler(t, cheap(newInMemory()), plainStore{memory.New(memory.Options{})})
	member := plain.visitor(t).register("Ada")
	for _, test := range []struct{ method, path string }{{"GET", "/sessions"}, {"POST", "/end"}, {"POST", "/end-others"}} {
		if got := s.visitor(t).send(test.method, test.path, "handle=x").Code; got != http.StatusForbidden {
			t.Errorf("%s without a login: %d", test.path, got)
		}
		if got := member.send(test.method, test.path, "handle=x").Code; got != http.StatusNotImplemented {
			t.Errorf("%s without an index: %d", test.path, got)
		}
	}
	if member.name() != "Ada" {
		t.Error("the session has ended")
	}
}

// Ensure that a session that another program has logged in is bound to its
// user, and so can be listed and ended.
func TestAdoption(t *testing.T) {
	t.Parallel()
	for name, adopt := range map[string]func(*visitor){
		"by RequireUser":      func(v *visitor) { v.name() },
		"by Sessions":         func(v *visitor) { v.sessions() },
		"by ending others":    func(v *visitor) { v.post("/end-others") },
		"by another password": func(v *visitor) { v.change(password, newPassword) },
	} {
		s := newHandler(t, cheap(newInMemory()), nil)
		s.visitor(t).register("Ada")
		express := s.visitor(t)
		express.post("/express", "id", "1", "username", "Ada")
		adopt(express)
		if express.name() != "Ada" {
			t.Fatalf("%s: nobody is logged in", name)
		}
		found := false
		for _, one := range express.sessions() {
			found = found || one.Current
		}
		if !found {
			t.Errorf("%s: the session is not listed", name)
		}
		owner := s.visitor(t)
		if status, _ := owner.login("Ada", password); status != http.StatusOK {
			owner.login("Ada", newPassword)
		}
		owner.post("/end-others")
		if express.name() != "" {
			t.Errorf("%s: the session did not end", name)
		}
	}
}

// Ensure that an id that no store can bind a session to does no harm.
func TestUnbindableUser(t *testing.T) {
	t.Parallel()
	s := newHandler(t, cheap(newInMemory()), nil)
	v := s.visitor(t)
	v.post("/express", "id", strings.Repeat("x", 1<<12), "username", "Ada")
	if v.name() != "Ada" {
		t.Error("the user is locked out")
	}
	if status := v.post("/end-others").Code; status != http.StatusBadRequest {
		t.Errorf("ending others: %d", status)
	}
}

// Ensure that the list is bounded and has the current session in it, and that
// each of many can be ended.
func TestManySessions(t *testing.T) {
	t.Parallel()
	s := newHandler(t, cheap(newInMemory()), nil)
	var all []*visitor
	for i := range auth.MaxSessions + 5 {
		v := s.visitor(t)
		v.header.Set("User-Agent", fmt.Sprint(i))
		v.post("/express", "id", "1", "username", "Ada")
		v.name()
		all = append(all, v)
	}
	for _, v := range []*visitor{all[0], all[len(all)/2], all[len(all)-1]} {
		sessions := v.sessions()
		current := ""
		for _, one := range sessions {
			if one.Current {
				current += one.UserAgent
			}
		}
		if len(sessions) != auth.MaxSessions || current != v.header.Get("User-Agent") {
			t.Errorf("%d sessions, current is %q", len(sessions), current)
		}
	}
	all[0].post("/end-others")
	if got := len(all[0].sessions()); got != 1 || all[0].name() != "Ada" {
		t.Errorf("%d sessions are left", got)
	}
}

// Ensure that requests that note their use of the session at the same moment
// are no conflict, and lose nothing of each other.
func TestVisitsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHandler(t, cheap(newInMemory()), nil)
		v := s.visitor(t).register("Ada")
		time.Sleep(time.Hour)
		v.post("/cart")
		start := make(chan struct{})
		done := make(chan string)
		for range 20 {
			tab := s.visitor(t)
			tab.cookies["connect.sid"] = v.cookies["connect.sid"]
			go func() {
				<-start
				done <- tab.name()
			}()
		}
		close(start)
		for range 20 {
			if got := <-done; got != "Ada" {
				t.Errorf("%q", got)
			}
		}
		sessions := v.sessions()
		if got := v.send(http.MethodGet, "/cart", "").Header().Get("Cart"); got != "full" || time.Since(sessions[0].LastSeen) > time.Second {
			t.Errorf("cart %q, seen %v", got, sessions[0].LastSeen)
		}
	})
}

// Ensure that something else under the key of the visit is no reason to fail.
func TestForeignVisit(t *testing.T) {
	t.Parallel()
	s := newHandler(t, cheap(newInMemory()), nil)
	s.mux.HandleFunc("POST /visit", func(_ http.ResponseWriter, r *http.Request) {
		session.Key[int]("visit").Set(session.From(r), 7)
	})
	v := s.visitor(t).register("Ada")
	v.post("/visit")
	if v.name() != "Ada" || len(v.sessions()) != 1 || v.sessions()[0].LastSeen.IsZero() {
		t.Error("the visit was not noted")
	}
}
