package cookie_test

import (
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/cookie"
)

func TestJarRefuses(t *testing.T) {
	t.Parallel()
	j, plain := jar(t, "keyboard cat"), jar(t)
	c := cookie.Cookie{Name: "n"}
	for name, tt := range map[string]struct {
		set  func(http.Header) error
		want error
	}{
		"signed without secrets":      {func(h http.Header) error { return plain.SetSigned(h, c) }, cookie.ErrNoSecret},
		"signed JSON without secrets": {func(h http.Header) error { return new(cookie.Jar).SetSignedJSON(h, c, 1) }, cookie.ErrNoSecret},
		"not JSON":                    {func(h http.Header) error { return j.SetJSON(h, c, math.Inf(1)) }, cookie.ErrInvalid},
		"not JSON, signed":            {func(h http.Header) error { return j.SetSignedJSON(h, c, func() {}) }, cookie.ErrInvalid},
		"no UTF-8":                    {func(h http.Header) error { return j.Set(h, cookie.Cookie{Name: "n", Value: "\xff"}) }, cookie.ErrInvalid},
		"no name":                     {func(h http.Header) error { return j.Clear(h, cookie.Cookie{}) }, cookie.ErrInvalid},
		"too large": {func(h http.Header) error {
			return j.Set(h, cookie.Cookie{Name: "n", Value: strings.Repeat("x", cookie.MaxSize)})
		}, cookie.ErrTooLarge},
	} {
		h := http.Header{}
		if err := tt.set(h); !errors.Is(err, tt.want) || len(h) != 0 {
			t.Errorf("%s: %v, %v; want %v", name, err, h, tt.want)
		}
	}
	if _, err := cookie.NewJar("a secret", ""); !errors.Is(err, cookie.ErrNoSecret) {
		t.Errorf("an empty secret: %v", err)
	}
}

// Name, value and attributes count: 4096 bytes are sent, 4097 are not.
func TestSize(t *testing.T) {
	t.Parallel()
	for _, attributes := range []cookie.Cookie{{}, {Domain: "example.com", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode}} {
		attributes.Name, attributes.Path = "name", "/"
		room := cookie.MaxSize - len(attributes.String())
		for _, over := range []int{0, 1} {
			c := attributes
			c.Value = strings.Repeat("x", room+over)
			h := http.Header{}
			err := jar(t).Set(h, c)
			if (over == 0) != (err == nil) || over > 0 && !errors.Is(err, cookie.ErrTooLarge) || len(h) != 1-over {
				t.Errorf("%d bytes: %v, %d headers", len(c.String()), err, len(h))
			}
		}
	}
	h := http.Header{}
	p := pair(t, "session", "a key")
	if err := p.Set(h, strings.Repeat("x", cookie.MaxSize), cookie.Cookie{}); !errors.Is(err, cookie.ErrTooLarge) || len(h) != 0 {
		t.Errorf("a large pair: %v, %d headers", err, len(h))
	}
}

// Ensure that several header lines count as one, and that what is signed is
// never taken for plain, nor the other way round.
func TestJarRead(t *testing.T) {
	t.Parallel()
	j := jar(t, "keyboard cat")
	h := http.Header{}
	if err := j.SetSigned(h, cookie.Cookie{Name: "user", Value: "7"}); err != nil {
		t.Fatal(err)
	}
	signed, _, _ := strings.Cut(h.Get("Set-Cookie"), ";")
	r := httptest.NewRequest("GET", "/", nil)
	r.Header["Cookie"] = []string{"theme=dark", signed, "user=9; theme=light; __proto__=p; fake=s%3A1.x"}
	got := j.Read(r)
	for name, want := range map[string]string{"theme": "dark", "__proto__": "p"} {
		if v, ok := got.Plain(name); !ok || v.Text != want {
			t.Errorf("%s: %+v, %t", name, v, ok)
		}
		if v, ok := got.Signed(name); ok {
			t.Errorf("%s is signed: %+v", name, v)
		}
	}
	if v, ok := got.Signed("user"); !ok || v.Text != "7" {
		t.Errorf("user: %+v, %t", v, ok)
	}
	for _, name := range []string{"user", "fake", "toString", ""} {
		if v, ok := got.Plain(name); ok || !reflect.DeepEqual(v, cookie.Value{}) {
			t.Errorf("%q is plain: %+v", name, v)
		}
	}
	if _, ok := got.Signed("fake"); ok || !got.Forged("fake") || got.Forged("user") || got.Forged("theme") {
		t.Error("forged cookies are not told from others")
	}
	var zero cookie.Cookies
	if _, ok := zero.Plain("a"); ok {
		t.Error("no cookies hold one")
	}
}

func TestValueDecode(t *testing.T) {
	t.Parallel()
	c := jar(t).Parse([]string{`a=j:{"n":7}; b=plain; c=j:null`})
	var v struct{ N int }
	if a, _ := c.Plain("a"); a.Decode(&v) != nil || v.N != 7 {
		t.Errorf("decoded %+v", v)
	}
	var secret []string
	for name, into := range map[string]any{"a": &secret, "b": &v, "c": &v} {
		value, _ := c.Plain(name)
		if err := value.Decode(into); !errors.Is(err, cookie.ErrNotJSON) || strings.Contains(err.Error(), "plain") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range c.All() {
		break // a loop may end early
	}
}

// What can be written comes back, whatever the header of a request holds.
func FuzzJar(f *testing.F) {
	j := jar(f, "keyboard cat", "older")
	for _, seed := range []string{"", "a=1", "a=s%3Aapple.x; b=j:{}", "=;==;", "\xff=\xff", `a="`, "__proto__=j:1"} {
		f.Add(seed, "value")
	}
	f.Add("x=1", "j:{}")
	f.Add("x=1", "\u2028é")
	f.Fuzz(func(t *testing.T, header, value string) {
		names := map[string]bool{}
		for v := range j.Parse([]string{header}).All() {
			if names[v.Name] || v.Signed && v.Forged || v.Forged && v.Text != "" {
				t.Fatalf("%q: %+v", header, v)
			}
			names[v.Name] = true
		}
		for _, set := range []func(http.Header, cookie.Cookie) error{j.Set, j.SetSigned} {
			h := http.Header{}
			if set(h, cookie.Cookie{Name: "fuzz", Value: value}) != nil {
				continue
			}
			sent, _, _ := strings.Cut(h.Get("Set-Cookie"), ";")
			for v := range j.Parse([]string{sent}).All() {
				if v.Text != value && !v.Forged && !strings.HasPrefix(value, "s:") {
					t.Fatalf("%q came back as %+v", value, v)
				}
			}
		}
	})
}

func FuzzPair(f *testing.F) {
	p := pair(f, "session", "the first key", "an older key")
	for _, seed := range []string{"session=e30=; session.sig=3ny4abNB54Axjllf-K2GaRNyACk", `session="; session.sig="`, "session", "session=;session.sig=\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		value, state := p.Find([]string{header})
		if state == cookie.PairCurrent || state == cookie.PairOlder {
			h := http.Header{}
			if p.Set(h, value, cookie.Cookie{}) == nil && state == cookie.PairCurrent && value != "" {
				_, signature, _ := strings.Cut(strings.Split(h["Set-Cookie"][1], ";")[0], "=")
				if !strings.Contains(header, signature) {
					t.Fatalf("%q was accepted without its signature", header)
				}
			}
		}
		cookie.DecodeDocument(header)
	})
}
