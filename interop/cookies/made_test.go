package cookies

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
)

// maker makes up cookies.
type maker struct{ *rand.Rand }

// pick returns one of the values.
func pick[T any](m maker, from ...T) T { return from[m.IntN(len(from))] }

// join returns up to n of the texts in a row.
func (m maker) join(n int, from ...string) string {
	var b strings.Builder
	for range m.IntN(n + 1) {
		b.WriteString(pick(m, from...))
	}
	return b.String()
}

var fragments = []string{
	"a", "Z", "0", "é", "€", "\U0001F36A", " ", "%", "%41", "+", "/", "=", ";", ",", `"`, `\`, "\t", "\n", "\x00", "\x7f", ".", "s:", "j:", "{}", "\u2028", "<&>'",
}

func (m maker) text() string { return m.join(6, fragments...) }

func (m maker) name() string {
	return pick(m, "n", "theme", "toString", "constructor", "__proto__", "0", "__Host-a", "!#$%&'*+-.^_`|~", "", "a b", "é", "a=b")
}

// value returns JSON of depth n.
func (m maker) value(n int) any {
	if n == 0 {
		return pick[any](m, nil, true, false, m.text(), m.IntN(1e9)-5e8, m.NormFloat64()*1e30, m.NormFloat64()*1e-30, 0)
	}
	if m.IntN(2) == 0 {
		list := []any{}
		for range m.IntN(4) {
			list = append(list, m.value(m.IntN(n)))
		}
		return list
	}
	object := map[string]any{}
	for range m.IntN(4) {
		// A letter first: JavaScript puts array indexes first, Go sorts.
		object["k"+m.text()] = m.value(m.IntN(n))
	}
	return object
}

// options are those of res.cookie.
type options struct {
	MaxAge      *int64 `json:"maxAge,omitempty"`
	Expires     *int64 `json:"expires,omitempty"`
	Domain      string `json:"domain,omitempty"`
	Path        string `json:"path,omitempty"`
	HTTPOnly    bool   `json:"httpOnly"`
	Secure      bool   `json:"secure,omitempty"`
	Partitioned bool   `json:"partitioned,omitempty"`
	Priority    string `json:"priority,omitempty"`
	SameSite    any    `json:"sameSite,omitempty"`
	Signed      bool   `json:"signed"`
	Encode      string `json:"encode,omitempty"`
}

func (m maker) options() options {
	o := options{
		Domain: pick(m, "", "", "", "example.com", ".example.com", "a_b", "-a.b"), Path: pick(m, "", "", "", "/", "/a b", "/;", "/é"),
		HTTPOnly: m.IntN(2) == 0, Secure: m.IntN(2) == 0, Partitioned: m.IntN(4) == 0, Priority: pick(m, "", "", "low", "medium", "high"),
		SameSite: pick[any](m, nil, nil, true, "strict", "lax", "none"), Signed: m.IntN(2) == 0,
	}
	if m.IntN(3) == 0 {
		o.MaxAge = new(m.Int64N(pick[int64](m, 3, 5000, 1e12)) - pick[int64](m, 0, 0, 2000))
	}
	if m.IntN(3) == 0 {
		o.Expires = new(m.Int64N(4e12) - 1e12)
	}
	return o
}

func (o options) cookie(name string) cookie.Cookie {
	c := cookie.Cookie{
		Name: name, Domain: o.Domain, Path: o.Path, HttpOnly: o.HTTPOnly, Secure: o.Secure, Partitioned: o.Partitioned,
		Priority: map[string]cookie.Priority{"low": cookie.PriorityLow, "medium": cookie.PriorityMedium, "high": cookie.PriorityHigh}[o.Priority],
		SameSite: map[any]http.SameSite{
			true: http.SameSiteStrictMode, "strict": http.SameSiteStrictMode, "lax": http.SameSiteLaxMode, "none": http.SameSiteNoneMode,
		}[o.SameSite],
	}
	if o.MaxAge != nil {
		c.MaxAge = new(time.Duration(*o.MaxAge) * time.Millisecond)
	}
	if o.Expires != nil {
		c.Expires = time.UnixMilli(*o.Expires)
	}
	if o.Encode == "identity" {
		c.Encode = func(s string) string { return s }
	}
	return c
}

// header returns the Cookie header of a request as bytes in Latin-1, made of
// parts and of cookies that were set.
func (m maker) header(set []string) string {
	parts := append([]string{"; ", ";", "=", "a", "b", " ", "\t", `"`, "s:", "s%3A", "j:", "j%3A", "{}", "[1]", "null", "0", `"x"`, "%", "%e9", "%C3%A9", "\u00e9", "\u00ff", "1", "."}, set...)
	return m.join(9, parts...)
}

// text returns v as JSON.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
