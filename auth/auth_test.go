package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/store/memory"
)

func TestRegisterLoginLogout(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	s := newSite(t, users, nil)
	b := s.browser(t)
	b.enter("/register", "Ada")
	if got := b.name(); got != "Ada" {
		t.Errorf("after registration: %q is logged in", got)
	}
	b.post("/logout")
	if got := b.name(); got != "" {
		t.Errorf("after logout: %q is logged in", got)
	}
	b.enter("/login", " aDA ")
	if got := b.name(); got != "Ada" {
		t.Errorf("after login: %q is logged in", got)
	}
}

// CVE-2022-25896: login and logout left the session its id. Here whoever knows
// the id from before a login or a registration has nothing afterwards, and what
// the visitor had in the session stays.
func TestCVE2022_25896_SessionFixation(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	s := newSite(t, users, nil)
	s.browser(t).enter("/register", "Eve")
	for path, name := range map[string]string{"/register": "Ada", "/login": "Eve"} {
		victim, thief := s.browser(t), s.browser(t)
		victim.post("/cart")
		planted := victim.cookie()
		victim.enter(path, name)
		if victim.cookie() == planted {
			t.Errorf("%s: the id is the same", path)
		}
		if got := victim.do(http.MethodGet, "/cart", nil).Header.Get("Cart"); got != "full" {
			t.Errorf("%s: the cart is lost", path)
		}
		thief.setCookie(planted)
		if got := thief.name(); got != "" {
			t.Errorf("%s: the old id is %q's", path, got)
		}
		if got := thief.do(http.MethodGet, "/cart", nil).Header.Get("Cart"); got != "" {
			t.Errorf("%s: the old id still has a session", path)
		}
	}
}

func TestLoginAsAnother(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	s := newSite(t, users, nil)
	s.browser(t).enter("/register", "Eve")
	b := s.browser(t)
	b.enter("/register", "Ada")
	b.post("/cart")
	b.enter("/login", "Ada")
	if got := b.do(http.MethodGet, "/cart", nil).Header.Get("Cart"); got != "full" {
		t.Error("a second login of the same user emptied the session")
	}
	before := b.cookie()
	b.enter("/login", "Eve")
	if got := b.do(http.MethodGet, "/cart", nil).Header.Get("Cart"); got != "" {
		t.Error("Eve has Ada's cart")
	}
	if got := b.name(); got != "Eve" {
		t.Errorf("%q is logged in", got)
	}
	b.setCookie(before)
	if got := b.name(); got != "" {
		t.Errorf("the old session is still %q's", got)
	}
}

// Ensure that a form that was sent twice logs in twice: the session that the
// second request came with has been moved away by the first.
func TestLoginTwiceAtOnce(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	sessions := &gated{Store: memory.New(memory.Options{}), arrived: make(chan struct{}, 2), open: make(chan struct{})}
	s := newSite(t, users, sessions)
	b := s.browser(t)
	b.enter("/register", "Ada")
	b.post("/logout")
	b.post("/cart")

	sessions.arm()
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if resp := b.post("/login", "username", "Ada", "password", password); resp.StatusCode != http.StatusOK {
				t.Errorf("login: %s", resp.Status)
			}
		})
	}
	<-sessions.arrived
	<-sessions.arrived
	close(sessions.open)
	wg.Wait()
	if got := b.name(); got != "Ada" {
		t.Errorf("%q is logged in", got)
	}
}

func TestRemember(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	s := newSite(t, users, nil)
	s.browser(t).enter("/register", "Ada")
	b := s.browser(t)
	for _, remember := range []string{"", "on", "", "on"} { // each over the one before
		resp := b.post("/login", "username", "Ada", "password", password, "remember", remember)
		c, err := http.ParseSetCookie(resp.Header.Get("Set-Cookie"))
		if err != nil {
			t.Fatal(err)
		}
		left := time.Until(c.Expires)
		switch {
		case !c.HttpOnly, c.SameSite != http.SameSiteLaxMode, c.Path != "/":
			t.Errorf("attributes of the cookie: %s", strings.TrimPrefix(c.Raw, c.Value))
		case remember == "" && !c.Expires.IsZero():
			t.Errorf("without remember the cookie lives for %v", left)
		case remember != "" && (left < 30*24*time.Hour-time.Minute || left > 30*24*time.Hour):
			t.Errorf("with remember the cookie lives for %v", left)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	a := newAuth(t, cheap(users))
	long := strings.Repeat("p", 72)
	for _, test := range []struct {
		name           string
		username, pass string
		want           []error
	}{
		{"no name", " \t ", password, []error{auth.ErrNameMissing}},
		{"name of 65", strings.Repeat("é", 65), password, []error{auth.ErrNameTooLong}},
		{"name of 15 that is compared as one of 270", strings.Repeat("ﷺ", 15), password, []error{auth.ErrNameTooLong}},
		{"newline", "a\nb", password, []error{auth.ErrNameCharacters}},
		{"zero byte", "a\x00b", password, []error{auth.ErrNameCharacters}},
		{"line separator", "a\u2028b", password, []error{auth.ErrNameCharacters}},
		{"right to left override", "a\u202eb", password, []error{auth.ErrNameCharacters}},
		{"nothing to see", "\u200b\u2060", password, []error{auth.ErrNameCharacters}},
		{"not UTF-8", "a\xff", password, []error{auth.ErrNameCharacters}},
		{"password of 7", "ada", "1234567", []error{auth.ErrPasswordTooShort}},
		{"password of 7 in 28 bytes", "ada", strings.Repeat("😀", 7), []error{auth.ErrPasswordTooShort}},
		{"password of 73", "ada", long + "p", []error{auth.ErrPasswordTooLong}},
		{"password with a zero byte", "ada", "1234567\x00", []error{auth.ErrPasswordCharacters}},
		{"both", "", "", []error{auth.ErrNameMissing, auth.ErrPasswordTooShort}},
	} {
		_, err := a.Register(httptest.NewRecorder(), requestWithoutSession(t), auth.Credentials{Username: test.username, Password: test.pass})
		for _, want := range test.want {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", test.name, err, want)
			}
		}
	}
	s := newSite(t, users, nil)
	for name, pass := range map[string]string{
		strings.Repeat("é", 64): strings.Repeat("😀", 8),
		"e\u0301":               "1234 567",
		"<b>'\"&":               long,
	} {
		if resp := s.browser(t).post("/register", "username", name, "password", pass); resp.StatusCode != http.StatusOK {
			t.Errorf("%q was refused", name)
		}
		if resp := s.browser(t).post("/login", "username", name, "password", pass); resp.StatusCode != http.StatusOK {
			t.Errorf("%q cannot log in", name)
		}
	}
	// x/crypto would compare the first 72 bytes only.
	if resp := s.browser(t).post("/login", "username", "<b>'\"&", "password", long+"p"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a password of which 72 bytes are right: %s", resp.Status)
	}
	if resp := s.browser(t).post("/login", "username", "e\u0301", "password", "1234 567\x001234 567"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a password that bcrypt cannot tell from the right one: %s", resp.Status)
	}
}

// Ensure that of many who want the same name, in whatever spelling, one gets it.
func TestRegisterRace(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	s := newSite(t, users, nil)
	names := []string{"Ada", "ada", "ADA", "ａｄａ", " Ada", "a\u00adda", "Ada", "aDa"}
	status := make([]int, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() { status[i] = s.browser(t).post("/register", "username", name, "password", password).StatusCode })
	}
	wg.Wait()
	slices.Sort(status)
	if status[0] != http.StatusOK || status[1] != http.StatusConflict || status[len(status)-1] != http.StatusConflict {
		t.Errorf("got %v", status)
	}
}

// Ensure that a hash of another cost is replaced at the next login, and only
// then.
func TestCostChange(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	s := newSite(t, users, nil)
	old, err := bcrypt.GenerateFromPassword([]byte(password), 5)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := users.Create(t.Context(), auth.Account{Username: "Ada", Key: "ada", Hash: string(old)}); err != nil {
		t.Fatal(err)
	}
	cost := func() int {
		account, err := users.Find(t.Context(), "ada", "ada")
		if err != nil {
			t.Fatal(err)
		}
		cost, err := bcrypt.Cost([]byte(account.Hash))
		if err != nil {
			t.Fatal(err)
		}
		return cost
	}
	s.browser(t).post("/login", "username", "Ada", "password", "wrong password")
	if got := cost(); got != 5 {
		t.Errorf("a failed login changed the hash to cost %d", got)
	}
	for range 2 {
		s.browser(t).enter("/login", "Ada")
		if got := cost(); got != 4 {
			t.Errorf("after the login the cost is %d", got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	users, _ := openUsers(t)
	for name, o := range map[string]auth.Options{
		"no accounts":      {},
		"cost 3":           {Accounts: users, Cost: 3},
		"cost 32":          {Accounts: users, Cost: 32},
		"negative timeout": {Accounts: users, Timeout: -1},
		"negative time":    {Accounts: users, RememberFor: -1},
		"foreign login":    {Accounts: users, LoginPath: "https://example.com/login"},
		"short secret":     {Accounts: users, Secrets: []string{secret, "short"}},
		"invalid proxy":    {Accounts: users, TrustProxies: []netip.Prefix{{}}},
		"cookie's name":    {Accounts: users, BrowserCookie: "a b"},
		"too much free":    {Accounts: users, LoginRate: auth.Rate{Free: 1001}},
		"negative wait":    {Accounts: users, AddressRate: auth.Rate{Wait: -1}},
		"wait too long":    {Accounts: users, RegisterRate: auth.Rate{Wait: 2, MaxWait: 1}},
	} {
		if _, err := auth.New(o); !errors.Is(err, auth.ErrInvalidOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
