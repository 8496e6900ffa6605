package accounts_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/auth/mongousers"
	"github.com/sojourn-dev/sojourn/interop/node"
	"github.com/sojourn-dev/sojourn/session"
	"github.com/sojourn-dev/sojourn/store/mongostore/mongotest"
)

const (
	patience = time.Minute
	first    = "correct horse"
	second   = "battery staple"
)

// express is the application in Node.
type express struct {
	t *testing.T
	*node.Program
}

type answer struct {
	OK    bool   `json:"ok"`
	ID    string `json:"id"`
	Code  int    `json:"code"`
	Error string `json:"error"`
}

func startExpress(t *testing.T, s *mongotest.Server, hasher string, env ...string) express {
	return express{t, node.Start(t, "testdata/users.js", append(env, "MONGO_URL="+s.URL(), "HASHER="+hasher)...)}
}

func (e express) ask(route, name, password string) (a answer) {
	e.t.Helper()
	line, err := json.Marshal(map[string]string{"route": route, "username": name, "password": password})
	if err != nil {
		e.t.Fatal(err)
	}
	if err := e.WriteLine(string(line)); err != nil {
		e.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(e.ReadLine()), &a); err != nil {
		e.t.Fatal(err)
	}
	return a
}

// want has Express do something, and checks whether it works. It returns the id.
func (e express) want(ok bool, route, name, password string) string {
	e.t.Helper()
	a := e.ask(route, name, password)
	if a.OK != ok {
		e.t.Errorf("in Express, %s as %s: %+v", route, name, a)
	}
	return a.ID
}

// site is the program in Go.
type site struct {
	t        *testing.T
	auth     *auth.Authenticator
	sessions *session.Manager
}

func startGo(t *testing.T, s *mongotest.Server) site {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	users, err := mongousers.New(ctx, s.Collection(t, "users"), mongousers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := auth.New(auth.Options{Accounts: users, Timeout: patience, Cost: 4, LoginRate: auth.Rate{Free: auth.Unlimited}})
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(session.Options{Secrets: []string{"a secret of the tests, not short"}, StoreTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	return site{t, a, sessions}
}

// want serves a request, and checks what comes of it. It returns who is logged in.
func (s site) want(want error, what, name string, f func(http.ResponseWriter, *http.Request) error) (id string) {
	s.t.Helper()
	s.sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); !errors.Is(err, want) {
			s.t.Errorf("in Go, %s as %s: %v, want %v", what, name, err, want)
		}
		u, _ := auth.CurrentUser(r)
		id = u.ID
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(s.t.Context(), http.MethodPost, "/", nil))
	return id
}

func (s site) login(want error, name, password string) (id string) {
	s.t.Helper()
	return s.want(want, "login", name, func(w http.ResponseWriter, r *http.Request) error {
		_, err := s.auth.Login(w, r, auth.Credentials{Username: name, Password: password})
		return err
	})
}

func (s site) register(want error, name, password string) (id string) {
	s.t.Helper()
	return s.want(want, "register", name, func(w http.ResponseWriter, r *http.Request) error {
		_, err := s.auth.Register(w, r, auth.Credentials{Username: name, Password: password})
		return err
	})
}

func (s site) change(name, current, replacement string) {
	s.t.Helper()
	s.want(nil, "change", name, func(w http.ResponseWriter, r *http.Request) error {
		if _, err := s.auth.Login(w, r, auth.Credentials{Username: name, Password: current}); err != nil {
			return err
		}
		return s.auth.ChangePassword(w, r, current, replacement)
	})
}

func same(t *testing.T, what, a, b string) {
	t.Helper()
	if a != b || a == "" {
		t.Errorf("%s: %q and %q are not the same account", what, a, b)
	}
}

func TestUsersAreShared(t *testing.T) {
	t.Parallel()
	for _, hasher := range []string{"bcrypt", "bcryptjs"} {
		t.Run(hasher, func(t *testing.T) {
			t.Parallel()
			server := mongotest.Start(t)
			e := startExpress(t, server, hasher)
			ada := e.want(true, "register", "Ada", first) // before Go is there
			s := startGo(t, server)

			// Made there, logs in here, by any spelling; and there still, now that
			// the hash has another cost.
			for _, name := range []string{"Ada", "ada", " ADA "} {
				same(t, name, s.login(nil, name, first), ada)
			}
			s.login(auth.ErrCredentials, "Ada", second)
			same(t, "Ada", e.want(true, "login", "Ada", first), ada)

			// Made here, logs in there.
			grace := s.register(nil, "Grace", first)
			same(t, "Grace", e.want(true, "login", "Grace", first), grace)
			e.want(false, "login", "Grace", second)

			// Changed on either side, and once more on the other.
			s.change("Ada", first, second)
			e.want(true, "login", "Ada", second)
			e.want(false, "login", "Ada", first)
			e.want(true, "change", "Ada", first)
			same(t, "ADA", s.login(nil, "ADA", first), ada) // Mongoose has kept the key
			s.login(auth.ErrCredentials, "Ada", second)
			e.want(true, "change", "Grace", second)
			s.login(nil, "grace", second)
			s.change("Grace", second, first)
			e.want(true, "login", "Grace", first)

			// Nobody makes a name twice.
			for _, name := range []string{"Ada", "Grace"} {
				if a := e.ask("register", name, first); a.OK || a.Code != 11000 {
					t.Errorf("in Express, registering %s again: %+v", name, a)
				}
				s.register(auth.ErrNameTaken, name, first)
				s.register(auth.ErrNameTaken, strings.ToUpper(name), first)
			}
			e.want(true, "register", "Linus", first) // since Go is there
			s.register(auth.ErrNameTaken, "linus", first)

			// Express takes another spelling for another name: each has its own.
			twin := e.want(true, "register", "grace", second)
			same(t, "grace", s.login(nil, "grace", second), twin)
			same(t, "Grace", s.login(nil, "Grace", first), grace)
			same(t, "GRACE", s.login(nil, "GRACE", first), grace)
			s.login(auth.ErrCredentials, "grace", first)
		})
	}
}

// Ensure that a password of which Node reads the first 72 bytes only is refused
// with that reason, and that those bytes are the password.
func TestLongPasswords(t *testing.T) {
	t.Parallel()
	for _, hasher := range []string{"bcrypt", "bcryptjs"} {
		t.Run(hasher, func(t *testing.T) {
			t.Parallel()
			server := mongotest.Start(t)
			s := startGo(t, server) // makes the indexes before Mongoose does
			e := startExpress(t, server, hasher)
			long := strings.Repeat("é long password ", 6) // 17 bytes each
			e.want(true, "register", "Ada", long)
			s.login(auth.ErrPasswordTooLong, "Ada", long)
			s.login(nil, "Ada", long[:72])
			e.want(true, "login", "Ada", long)
			s.register(nil, "Grace", long[:72])
			e.want(true, "login", "Grace", long[:72])
			s.register(auth.ErrPasswordTooLong, "Eve", long)
		})
	}
}

// Ensure that an Express application which sets the key itself takes no spelling of
// a name that is there.
func TestKeyedModel(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	e := startExpress(t, server, "bcryptjs", "KEYED=1")
	s := startGo(t, server)
	s.register(nil, "Ada", first)
	if a := e.ask("register", "ada", first); a.OK || a.Code != 11000 {
		t.Errorf("in Express, registering ada beside Ada: %+v", a)
	}
	grace := e.want(true, "register", "Grace", first)
	same(t, "GRACE", s.login(nil, "GRACE", first), grace)
	s.register(auth.ErrNameTaken, "grace", first)
}

// Ensure that both sides store the same members, of the same types, but for the key.
func TestDocuments(t *testing.T) {
	t.Parallel()
	server := mongotest.Start(t)
	e := startExpress(t, server, "bcrypt")
	theirs := e.want(true, "register", "Ada", first)
	s := startGo(t, server)
	ours := s.register(nil, "Grace", first)
	shape := func(id string) (members []string) {
		oid, err := bson.ObjectIDFromHex(id)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := server.Collection(t, "users").FindOne(t.Context(), bson.D{{Key: "_id", Value: oid}}).Raw()
		if err != nil {
			t.Fatal(err)
		}
		elements, err := raw.Elements()
		if err != nil {
			t.Fatal(err)
		}
		for _, element := range elements {
			members = append(members, element.Key()+" "+element.Value().Type.String())
		}
		if hash := raw.Lookup("password").StringValue(); !strings.HasPrefix(hash, "$2b$") || len(hash) != 60 {
			t.Errorf("a hash of %d characters begins with %.4s", len(hash), hash)
		}
		return members
	}
	const want = "_id objectID, username string, password string, __v 32-bit integer, nameKey string"
	for side, id := range map[string]string{"Express": theirs, "Go": ours} {
		if got := strings.Join(shape(id), ", "); got != want {
			t.Errorf("%s stores %s, want %s", side, got, want)
		}
	}
}
