package cookie_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
)

const (
	sealing = "m0Jc6hZrE1kQq0bJ8m8xw3oRrJYB0pV0yN8dXo1u4oA="
	earlier = "5sKfT0G0rO0b2s1Qd8n4w2a7yVZk3Jm1uHc6xE9pL0I="
)

func sealer(t testing.TB, purpose string, secrets ...string) *cookie.Sealer {
	t.Helper()
	s, err := cookie.NewSealer(purpose, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNewSealerRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		secrets []string
		want    error
	}{{nil, cookie.ErrNoSecret}, {[]string{sealing, ""}, cookie.ErrShortSecret}, {[]string{"fifteen bytes.."}, cookie.ErrShortSecret}} {
		if s, err := cookie.NewSealer("test", tt.secrets...); !errors.Is(err, tt.want) || s != nil {
			t.Errorf("%q: %v, %v", tt.secrets, s, err)
		}
	}
}

// Ensure that nothing opens but what was sealed for that name and purpose.
func TestSealedIsBound(t *testing.T) {
	t.Parallel()
	s := sealer(t, "test", sealing, earlier)
	for _, text := range []string{"", "text", "\x00\xff", strings.Repeat("long ", 500)} {
		value := s.Seal("name", text, time.Time{})
		if o, err := s.Open("name", value); err != nil || o != (cookie.Opened{Text: text}) {
			t.Fatalf("%+v, %v", o, err)
		}
		if o, err := sealer(t, "test", earlier, sealing).Open("name", value); err != nil || o != (cookie.Opened{Text: text, Older: true}) {
			t.Fatalf("with the secret second: %+v, %v", o, err)
		}
		if len(value) != base64.RawURLEncoding.EncodedLen(len(text)+48) {
			t.Errorf("%d bytes become %d", len(text), len(value))
		}
		changed := []byte(value)
		changed[len(changed)/2] ^= 1
		for what, open := range map[string]func() (cookie.Opened, error){
			"another name":          func() (cookie.Opened, error) { return s.Open("nam", value) },
			"name and purpose":      func() (cookie.Opened, error) { return sealer(t, "etest", sealing).Open("nam", value) },
			"another purpose":       func() (cookie.Opened, error) { return sealer(t, "", sealing).Open("name", value) },
			"another secret":        func() (cookie.Opened, error) { return sealer(t, "test", earlier).Open("name", value) },
			"a bit changed":         func() (cookie.Opened, error) { return s.Open("name", string(changed)) },
			"cut":                   func() (cookie.Opened, error) { return s.Open("name", value[:len(value)-4]) },
			"nothing":               func() (cookie.Opened, error) { return s.Open("name", "") },
			"padded":                func() (cookie.Opened, error) { return s.Open("name", value+"=") },
			"larger than any":       func() (cookie.Opened, error) { return s.Open("name", strings.Repeat("A", cookie.MaxSize+4)) },
			"short but well-formed": func() (cookie.Opened, error) { return s.Open("name", "AAAA") },
		} {
			if o, err := open(); !errors.Is(err, cookie.ErrUnreadable) || o != (cookie.Opened{}) {
				t.Errorf("%s: %+v, %v", what, o, err)
			}
		}
		if s.Seal("name", text, time.Time{}) == value {
			t.Error("the same text looks the same twice")
		}
	}
}

// Ensure that what has been sealed can be read for ever. This was made by Node's
// crypto.
func TestSealedKnownAnswer(t *testing.T) {
	t.Parallel()
	const value = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXhV7XKZJKozZmikXwSi5rhCmyXFuKR8BgONJLWm1QUA"
	if o, err := sealer(t, "test", sealing).Open("name", value); err != nil || o != (cookie.Opened{Text: `{"n":1}`}) {
		t.Errorf("%+v, %v", o, err)
	}
}

// Ensure that a sealed cookie ends when it says so, wherever it was kept.
func TestSealedExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := sealer(t, "test", sealing)
		for _, lifetime := range []func(*cookie.Cookie){
			func(c *cookie.Cookie) { c.MaxAge = new(time.Minute) },
			func(c *cookie.Cookie) { c.Expires = time.Now().Add(time.Minute) },
			func(c *cookie.Cookie) { c.MaxAge, c.Expires = new(time.Minute), time.Now().Add(time.Hour) },
		} {
			h, c := http.Header{}, cookie.Cookie{Name: "c", Value: "text"}
			lifetime(&c)
			if err := s.Set(h, c); err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Cookie", strings.Split(h.Get("Set-Cookie"), ";")[0])
			time.Sleep(time.Minute - time.Millisecond)
			if text, err := s.Get(r, "c"); text != "text" || err != nil {
				t.Errorf("before: %q, %v", text, err)
			}
			time.Sleep(time.Millisecond)
			if text, err := s.Get(r, "c"); text != "" || !errors.Is(err, cookie.ErrExpired) {
				t.Errorf("after: %q, %v", text, err)
			}
		}
		if _, err := s.Open("c", s.Seal("c", "text", time.Unix(-1, 0))); !errors.Is(err, cookie.ErrExpired) {
			t.Errorf("sealed until before 1970: %v", err)
		}
	})
}

func TestSealerSet(t *testing.T) {
	t.Parallel()
	s, h := sealer(t, "test", sealing), http.Header{}
	if err := s.Set(h, cookie.Cookie{Name: "c", Value: strings.Repeat("x", 3100)}); !errors.Is(err, cookie.ErrTooLarge) || len(h) > 0 {
		t.Errorf("too large: %v, %d headers", err, len(h))
	}
	if err := s.Set(h, cookie.Cookie{Name: "c", Value: strings.Repeat("x", 3000), HttpOnly: true}); err != nil {
		t.Error(err)
	}
	if line := h.Get("Set-Cookie"); !strings.HasSuffix(line, "; Path=/; HttpOnly") || strings.Contains(line, "xxxxxxxx") {
		t.Error(line)
	}
	r := httptest.NewRequest("GET", "/", nil)
	if _, err := s.Get(r, "c"); !errors.Is(err, http.ErrNoCookie) {
		t.Errorf("no cookie: %v", err)
	}
	r.Header.Set("Cookie", "c=made-up")
	if _, err := s.Get(r, "c"); !errors.Is(err, cookie.ErrUnreadable) {
		t.Errorf("a cookie made up: %v", err)
	}
}

func FuzzSealer(f *testing.F) {
	s := sealer(f, "test", sealing)
	f.Add("", "")
	f.Add("name", s.Seal("name", "text", time.Time{}))
	f.Add("name", s.Seal("name", "text", time.Now()))
	f.Fuzz(func(t *testing.T, name, value string) {
		if _, err := s.Open(name, value); err == nil && name != "name" {
			t.Fatalf("%q was opened", value)
		}
		if o, err := s.Open(name, s.Seal(name, value, time.Time{})); len(value) < 3000 && (err != nil || o.Text != value) {
			t.Fatalf("%q came back as %+v, %v", value, o, err)
		}
	})
}
