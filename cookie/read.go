package cookie

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strconv"
	"strings"
)

// Cookies are the cookies of a request as a [Jar] reads them. They are not
// changed once they are made.
type Cookies struct {
	values []Value
	index  map[string]int
}

// Value is one cookie of a request.
type Value struct {
	// Name is the cookie's name.
	Name string
	// Text is the value: decoded, and without its signature. It is empty if
	// Forged.
	Text string
	// JSON is the document that stands behind "j:" in Text. It is nil if there
	// is none that cookie-parser would take: it leaves what is not valid JSON,
	// and null, false, 0 and "", as text.
	JSON json.RawMessage
	// Signed tells that one of the jar's secrets signed the value.
	Signed bool
	// Forged tells that the value claims to be signed and is not, by any of
	// the jar's secrets. It is what cookie-parser shows as false.
	Forged bool
}

// ErrNotJSON is wrapped by the error of [Value.Decode].
var ErrNotJSON = errors.New("cookie does not hold such JSON")

// Decode stores the cookie's JSON in what into points to, as json.Unmarshal
// does. The error wraps [ErrNotJSON] when there is no JSON or it does not fit;
// it names the cookie and never the value.
func (v Value) Decode(into any) error {
	if v.JSON == nil || json.Unmarshal(v.JSON, into) != nil {
		return fmt.Errorf("%w: %q is no %T", ErrNotJSON, v.Name, into)
	}
	return nil
}

// Read returns the cookies of a request.
func (j *Jar) Read(r *http.Request) Cookies { return j.Parse(r.Header["Cookie"]) }

// Parse returns the cookies in the Cookie header lines of a request, by the
// rules of cookie 0.7.2 and cookie-parser 1.4.7: of several with one name the
// first counts, one pair of quotes around a value goes, and what cannot be
// decoded stays as it is. As in Node, bytes above 0x7F are Latin-1.
//
// Any name is just a name: also "__proto__", which Node drops.
func (j *Jar) Parse(lines []string) Cookies {
	c := Cookies{index: map[string]int{}}
	for _, line := range lines {
		if len(lines) == 1 && len(line) < 2 {
			break // Node wants two bytes at least, even for a cookie without a name
		}
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			name, raw, found := strings.Cut(pair, "=")
			if !found {
				continue
			}
			name = latin1(trim(name))
			if _, taken := c.index[name]; taken {
				continue
			}
			c.index[name] = len(c.values)
			c.values = append(c.values, j.value(name, Decode(latin1(unquote(trim(raw))))))
		}
	}
	return c
}

func (j *Jar) value(name, text string) Value {
	v := Value{Name: name, Text: text}
	if signed, ok := strings.CutPrefix(text, "s:"); ok && j.signer != nil {
		v.Text, v.Signed = j.signer.Verify(signed)
		v.Forged = !v.Signed
	}
	if document, ok := strings.CutPrefix(v.Text, "j:"); ok && json.Valid([]byte(document)) && !falsy(document) {
		v.JSON = json.RawMessage(document)
	}
	return v
}

// falsy reports whether a JSON document is false to JavaScript.
func falsy(document string) bool {
	switch document = strings.Trim(document, " \t\r\n"); document {
	case "null", "false", `""`:
		return true
	}
	n, err := strconv.ParseFloat(document, 64)
	return err == nil && n == 0
}

// latin1 returns the text that bytes are in Latin-1.
func latin1(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			runes := make([]rune, len(s))
			for i := range len(s) {
				runes[i] = rune(s[i])
			}
			return string(runes)
		}
	}
	return s
}

// Plain returns a cookie without a signature: what stands in req.cookies of
// Express. To a jar without secrets every cookie is one.
func (c Cookies) Plain(name string) (v Value, ok bool) {
	v, ok = c.get(name)
	if !ok || v.Signed || v.Forged {
		return Value{}, false
	}
	return v, true
}

// Signed returns a cookie whose signature holds. It is not ok where there is
// none in req.signedCookies of Express, and where there is false.
func (c Cookies) Signed(name string) (v Value, ok bool) {
	v, ok = c.get(name)
	if !ok || !v.Signed {
		return Value{}, false
	}
	return v, true
}

// Forged reports whether there is a cookie that claims to be signed and is not:
// somebody made it up, or the secret that signed it is gone.
func (c Cookies) Forged(name string) bool {
	v, _ := c.get(name)
	return v.Forged
}

// All yields all cookies, in the order in which they were sent.
func (c Cookies) All() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		for _, v := range c.values {
			if !yield(v) {
				return
			}
		}
	}
}

func (c Cookies) get(name string) (v Value, ok bool) {
	i, ok := c.index[name]
	if !ok {
		return Value{}, false
	}
	return c.values[i], true
}
