package cookie_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
)

// nodeOptions are the options of res.cookie, in JavaScript's units.
type nodeOptions struct {
	Signed      bool
	Encode      string
	Domain      string
	Path        string
	MaxAge      *int64
	Expires     *int64
	HttpOnly    *bool
	Secure      bool
	Partitioned bool
	Priority    string
	SameSite    any
}

// cookie returns the same settings in Go.
func (o nodeOptions) cookie(name string) cookie.Cookie {
	c := cookie.Cookie{Name: name, Domain: o.Domain, Path: o.Path, Secure: o.Secure, Partitioned: o.Partitioned}
	c.HttpOnly = o.HttpOnly != nil && *o.HttpOnly
	if o.MaxAge != nil {
		c.MaxAge = new(time.Duration(*o.MaxAge) * time.Millisecond)
	}
	if o.Expires != nil {
		c.Expires = time.UnixMilli(*o.Expires)
	}
	switch o.Encode {
	case "identity":
		c.Encode = func(s string) string { return s }
	case "quoted":
		c.Encode = func(s string) string { return `"` + s + `"` }
	}
	c.Priority = map[string]cookie.Priority{"low": cookie.PriorityLow, "medium": cookie.PriorityMedium, "high": cookie.PriorityHigh}[o.Priority]
	c.SameSite = map[any]http.SameSite{
		true: http.SameSiteStrictMode, "strict": http.SameSiteStrictMode, "lax": http.SameSiteLaxMode, "none": http.SameSiteNoneMode,
	}[o.SameSite]
	return c
}

// vectors is testdata/node.json.
type vectors struct {
	Written []struct {
		Name    string
		Value   json.RawMessage
		Options nodeOptions
		Secret  *string
		Clear   bool
		Set     string
		Error   string
	}
	Parsed []struct {
		Header          string
		Secrets         []string
		Cookies, Signed map[string]any
	}
	Pairs []struct {
		Name, Value string
		Keys        []string
		Options     nodeOptions
		Set         []string
		Error       string
	}
	Found []struct {
		Name, Header string
		Keys         []string
		Value        *string
		Set          []string
	}
	Sessions []struct {
		Keys   []string
		Header string
		Before string
		Set    []string
	}
	Base64 []struct{ Value, Bytes string }
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/node.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Written) < 100 || len(v.Parsed) < 300 || len(v.Pairs) < 50 || len(v.Found) < 25 || len(v.Sessions) < 10 {
		t.Fatal("vectors are missing")
	}
	return v
}

func jar(t testing.TB, secrets ...string) *cookie.Jar {
	t.Helper()
	j, err := cookie.NewJar(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// asValue sets a cookie to a value of JavaScript: a string, or what becomes JSON.
func asValue(j *cookie.Jar, h http.Header, c cookie.Cookie, value json.RawMessage, signed bool) error {
	set, setJSON := j.Set, j.SetJSON
	if signed {
		set, setJSON = j.SetSigned, j.SetSignedJSON
	}
	if json.Unmarshal(value, &c.Value) == nil && string(value) != "null" {
		return set(h, c)
	}
	// Member order is for the encoding to keep, so the text stands for itself.
	return setJSON(h, c, value)
}

func TestJarWritesAsExpress(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	synctest.Test(t, func(t *testing.T) { // whose clock is at the instant of the vectors
		for _, w := range v.Written {
			j := jar(t)
			if w.Secret != nil {
				j = jar(t, *w.Secret)
			}
			h, c := http.Header{}, w.Options.cookie(w.Name)
			var err error
			if w.Clear && !w.Options.Signed {
				err = j.Clear(h, c)
			} else {
				err = asValue(j, h, c, w.Value, w.Options.Signed)
			}
			if got := h.Get("Set-Cookie"); got != w.Set || (err != nil) != (w.Error != "") {
				t.Errorf("%q = %s, %+v:\ngot  %s, %v\nwant %s, %s", w.Name, w.Value, w.Options, got, err, w.Set, w.Error)
			}
			if err != nil && !errors.Is(err, cookie.ErrInvalid) && !errors.Is(err, cookie.ErrNoSecret) {
				t.Errorf("%q: %v", w.Name, err)
			}
		}
	})
}

// header returns the bytes that Node reads as that text.
func header(text string) string {
	var b []byte
	for _, r := range text {
		b = append(b, byte(r))
	}
	return string(b)
}

// seen returns what an application of Express would see of the cookies.
func seen(t *testing.T, c cookie.Cookies) (plain, signed map[string]any) {
	t.Helper()
	plain, signed = map[string]any{}, map[string]any{}
	for v := range c.All() {
		var value any = v.Text
		if v.JSON != nil {
			if err := v.Decode(&value); err != nil {
				value = nil // 1e999, which is Infinity to JavaScript and null in the vectors
			}
		}
		p, isPlain := c.Plain(v.Name)
		s, isSigned := c.Signed(v.Name)
		switch {
		case v.Forged:
			signed[v.Name] = false
		case isSigned:
			signed[v.Name] = value
		case isPlain:
			plain[v.Name] = value
		}
		if isPlain && isSigned || v.Forged != c.Forged(v.Name) || v.Forged && (isPlain || isSigned || v.Text != "") ||
			isPlain && !reflect.DeepEqual(p, v) || isSigned && !reflect.DeepEqual(s, v) {
			t.Errorf("%q is %+v, %+v, %+v", v.Name, v, p, s)
		}
	}
	return plain, signed
}

func TestJarReadsAsCookieParser(t *testing.T) {
	t.Parallel()
	for _, p := range readVectors(t).Parsed {
		plain, signed := seen(t, jar(t, p.Secrets...).Parse([]string{header(p.Header)}))
		if strings.HasPrefix(p.Header, "__proto__=") { // just a name here
			if plain["__proto__"] == nil {
				t.Errorf("%q was dropped", p.Header)
			}
			delete(plain, "__proto__")
		}
		if !reflect.DeepEqual(plain, p.Cookies) || !reflect.DeepEqual(signed, p.Signed) {
			t.Errorf("%q, secrets %q:\ngot  %v, %v\nwant %v, %v", p.Header, p.Secrets, plain, signed, p.Cookies, p.Signed)
		}
	}
}

func pair(t testing.TB, name string, keys ...string) *cookie.Pair {
	t.Helper()
	p, err := cookie.NewPair(name, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPairWritesAsCookies(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	synctest.Test(t, func(t *testing.T) {
		for _, w := range v.Pairs {
			p, err := cookie.NewPair(w.Name, w.Keys...)
			h := http.Header{"Set-Cookie": {w.Name + "=before", "other=kept", w.Name + ".sig=before; path=/"}}
			c := w.Options.cookie("ignored")
			c.HttpOnly = w.Options.HttpOnly == nil || *w.Options.HttpOnly
			if err == nil {
				err = p.Set(h, w.Value, c)
			}
			if w.Error != "" {
				if !errors.Is(err, cookie.ErrInvalid) || len(h["Set-Cookie"]) != 3 {
					t.Errorf("%q = %q: %v, %q; want %s", w.Name, w.Value, err, h["Set-Cookie"], w.Error)
				}
				continue
			}
			if want := append([]string{"other=kept"}, w.Set...); err != nil || !slices.Equal(h["Set-Cookie"], want) {
				t.Errorf("%q = %q, %+v:\ngot  %q, %v\nwant %q", w.Name, w.Value, w.Options, h["Set-Cookie"], err, want)
			}
		}
	})
}

func TestPairReadsAsCookies(t *testing.T) {
	t.Parallel()
	for _, f := range readVectors(t).Found {
		p, h := pair(t, f.Name, f.Keys...), http.Header{}
		value, state := p.Find([]string{header(f.Header)})
		p.Answer(h, value, state, false)
		found := state == cookie.PairCurrent || state == cookie.PairOlder
		if found != (f.Value != nil) || found && value != *f.Value || !slices.Equal(h["Set-Cookie"], f.Set) && len(f.Set) > 0 {
			t.Errorf("%q: got %q, %d, %q; want %v, %q", f.Header, value, state, h["Set-Cookie"], f.Value, f.Set)
		}
	}
}

// What cookie-session has set is read as what cookie-session reads in it.
func TestPairReadsCookieSession(t *testing.T) {
	t.Parallel()
	for _, s := range readVectors(t).Sessions {
		if s.Header == "" {
			continue
		}
		p := pair(t, "session", s.Keys...)
		value, state := p.Find([]string{s.Header})
		if got := cookie.DecodeDocument(value); got != s.Before && (state == cookie.PairCurrent || state == cookie.PairOlder) {
			t.Errorf("%s: %s, want %s", s.Header, got, s.Before)
		}
		if (state == cookie.PairForged) != (s.Before == "{}") {
			t.Errorf("%s: state %d, want %s", s.Header, state, s.Before)
		}
	}
}

func TestDocumentAsNode(t *testing.T) {
	t.Parallel()
	for _, b := range readVectors(t).Base64 {
		if got := hex.EncodeToString([]byte(cookie.DecodeDocument(b.Value))); got != b.Bytes {
			t.Errorf("%q: %s, want %s", b.Value, got, b.Bytes)
		}
	}
	for n := range 300 {
		text := string(bytes.Repeat([]byte{byte(n), 0xff}, n/2))
		if got := cookie.DecodeDocument(cookie.EncodeDocument(text)); got != text {
			t.Errorf("%x came back as %x", text, got)
		}
	}
}
