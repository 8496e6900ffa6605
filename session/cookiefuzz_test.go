package session

import (
	"encoding/json"
	"testing"
	"time"
)

// FuzzParseCookie proves that no cookie member does harm, whoever wrote it,
// and that what is read from it is what is read from what we write instead.
func FuzzParseCookie(f *testing.F) {
	for _, seed := range []string{
		`{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}`,
		`{"originalMaxAge":3600000,"partitioned":true,"priority":"high","expires":"2000-01-01T01:00:00.000Z","secure":true,"httpOnly":true,"domain":".example.com","path":"/","sameSite":"none"}`,
		`{"originalMaxAge":-0.5}`, `{"originalMaxAge":1e400}`, `{"originalMaxAge":9223372036854.775}`, `{"originalMaxAge":-1e300}`, // lifetimes
		`{"secure":"auto","sameSite":true,"httpOnly":0,"partitioned":""}`, `{"priority":"MEDIUM","sameSite":"Strict"}`, // other types and cases
		`{"path":"/; Domain=x","domain":"a\r\nb"}`, `{"path":"\u0000\ud800","domain":"\u0061.b"}`, `{"\u0070ath":"/a","path":"/b"}`, // hostile
		`null`, `{}`, `[]`, `{"path":`,
	} {
		f.Add(seed)
	}
	at := time.Date(2026, 11, 21, 4, 15, 48, 784e6, time.UTC)
	f.Fuzz(func(t *testing.T, raw string) {
		c, err := parseCookie(raw)
		if err != nil {
			return
		}
		if err := c.validate("name"); err != nil {
			t.Fatalf("%q gave %+v: %v", raw, c, err)
		}
		encoded := c.appendJSON(nil, at, false)
		if !json.Valid(encoded) {
			t.Fatalf("%q became %s", raw, encoded)
		}
		again, err := parseCookie(string(encoded))
		if err != nil || again != c {
			t.Fatalf("%q gave %+v, but %s gives %+v, %v", raw, c, encoded, again, err)
		}
		spliced, err := parseCookie(spliceExpires(raw, c, at))
		if err != nil || spliced != c {
			t.Fatalf("%q gave %+v, but with another expiry %+v, %v", raw, c, spliced, err)
		}
		if taken := c.taken(at); taken != c {
			t.Fatalf("%q gave %+v, which is taken as %+v", raw, c, taken)
		}
	})
}
