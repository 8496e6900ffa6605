package web_test

import (
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/sojourn-dev/sojourn/cmd/sojourn/internal/web"
	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/memory"
)

// jar notes every cookie that a site has ever set.
type jar struct {
	http.RoundTripper
	mu  sync.Mutex
	set []*http.Cookie
}

func (j *jar) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := j.RoundTripper.RoundTrip(r)
	if err == nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.set = append(j.set, resp.Cookies()...)
	}
	return resp, err
}

// secrets returns what must never be seen of the cookies, in whatever form.
func (j *jar) secrets() (all []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range j.set {
		if c.Value == "" {
			continue
		}
		value, err := url.QueryUnescape(c.Value)
		if err != nil {
			value = c.Value
		}
		all = append(all, c.Value, value)
		id, mac, _ := strings.Cut(strings.TrimPrefix(value, "s:"), ".")
		for _, part := range []string{id, mac} {
			if len(part) > 8 {
				all = append(all, part, store.HashIDs(memory.New(memory.Options{})).(store.Renamer).StoredID(part[:min(len(part), 100)]))
			}
		}
	}
	return all
}

// CVE-2023-20866 (Spring Session): everything that the program does, and much
// that fails, at debug level. The log has what an operator needs and nothing
// that a thief does.
func TestLog(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var log strings.Builder
	kept := memory.New(memory.Options{})
	logger := slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(p)
	}), &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
	site := func(sessions store.Store) *site {
		return startSite(t, func(o *web.Options) { o.Sessions.Store, o.Logger = sessions, logger }, (*httptest.Server).Start)
	}
	s := site(kept)
	cookies := &jar{RoundTripper: http.DefaultTransport}
	ada, other := s.browser(), s.browser()
	ada.Transport, other.Transport = cookies, cookies
	const changed = "tell-nobody-either"
	ada.get("/?token=tell-nobody")
	ada.post("/register", "username", "Ada", "password", password)
	ada.post("/register", "username", "Ada", "password", password)
	other.post("/login", "username", "Ada", "password", "wrong horse")
	other.post("/login", "username", "Ada", "password", password, "remember", "on", "next", "/?token=tell-nobody")
	for _, path := range []string{"/", "/dashboard", "/sessions", "/password", "/login", "/logout", "/nothing", "/healthz"} {
		ada.get(path)
		other.get(path, "Accept", "application/json")
	}
	for _, one := range ada.sessions() {
		if !one.Current {
			ada.post("/sessions/end", "handle", one.Handle)
		}
	}
	ada.post("/sessions/end-others")
	ada.post("/password", "current", "wrong horse", "password", changed)
	ada.post("/password", "current", password, "password", changed)
	other.post("/login", "username", "Ada", "password", changed)
	cookie := ada.get("/").Request.Header.Get("Cookie")
	for _, broken := range []store.Store{down{kept}, full{kept}} {
		b := site(broken).browser()
		b.Transport = cookies
		b.get("/", "Cookie", cookie)
		b.send(http.MethodPost, "/logout", "", "Cookie", cookie)
		b.send(http.MethodPost, "/sessions/end-others", "", "Cookie", cookie)
		b.post("/register", "username", "Eve", "password", password)
	}
	ada.post("/logout")
	ada.get("/", "Cookie", cookie)
	s.db.Close()
	ada.post("/login", "username", "Ada", "password", changed)
	s.Close()

	mu.Lock()
	text := log.String()
	mu.Unlock()
	for _, want := range []string{"method=POST path=/register status=303", "path=/login status=401", "path=/login status=503", "accounts are out of reach", "path=/logout status=503"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	secret := append(cookies.secrets(), "tell-nobody", password, "wrong horse", "horse", "a secret of the tests")
	if len(secret) < 20 {
		t.Errorf("only %d secrets were seen", len(secret))
	}
	for _, s := range secret {
		for form, shown := range map[string]string{
			"as it is": s, "in base64": base64.StdEncoding.EncodeToString([]byte(s)),
			"in base64url": base64.RawURLEncoding.EncodeToString([]byte(s)), "in hex": hex.EncodeToString([]byte(s)),
		} {
			if strings.Contains(text, shown) {
				t.Errorf("%q is in the log %s", s, form)
			}
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
