package session_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/session"
)

const (
	plainCookie = `"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}`
	anID        = "5cZEZHFJ2hfs3BcEFDYQCKRbUNmmOYhw"
)

var (
	visits   session.Key[int] = "views"
	anything session.Key[any] = "x"
)

func count(s *session.Session) { visits.Set(s, visits.Get(s)+1) }

// plain are options under which records are those of Express's defaults.
func plain(o session.Options) session.Options {
	o.Cookie.Secure = session.SecureNever
	o.Cookie.SameSite = http.SameSiteDefaultMode
	return o
}

func TestRecordThatIsNoSession(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"empty":              "",
		"not JSON":           "O:8:\"stdClass\"",
		"cut off":            `{` + plainCookie + `,"views":`,
		"two values":         `{` + plainCookie + `}{}`,
		"null":               "null",
		"array":              `[{` + plainCookie + `}]`,
		"string":             `"{}"`,
		"number":             "5",
		"no cookie":          `{"views":5}`,
		"empty object":       `{}`,
		"cookie null":        `{"cookie":null,"views":5}`,
		"cookie a string":    `{"cookie":"x","views":5}`,
		"cookie an array":    `{"cookie":[],"views":5}`,
		"cookie a number":    `{"cookie":1,"views":5}`,
		"nested cookie only": `{"a":{` + plainCookie + `},"views":5}`,
		"last cookie counts": `{` + plainCookie + `,"cookie":0,"views":5}`,
		"too deep":           `{` + plainCookie + `,"views":5,"x":` + strings.Repeat("[", 10001) + strings.Repeat("]", 10001) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, session.Options{})
			passedOver(t, s, data)
			// Again, when the cookie member is known from another session.
			s = newSite(t, session.Options{})
			s.visit(visit{cookie: s.put("another", expressRecord), do: read})
			passedOver(t, s, data)
		})
	}
}

// passedOver proves that a request with a record gets a fresh session.
func passedOver(t *testing.T, s *site, data string) {
	t.Helper()
	r := s.visit(visit{cookie: s.put(anID, data), do: func(s *session.Session) {
		if s.Err() != nil || !s.IsNew() || len(s.Keys()) != 0 {
			t.Errorf("not a fresh session: %v, new %v, keys %q", s.Err(), s.IsNew(), s.Keys())
		}
		count(s)
	}})
	want(t, "status", r.status, 200)
	want(t, "calls", r.calls, "get,create")
	want(t, "record", s.record(anID), data)
	if r.id() == "" || r.id() == anID {
		t.Errorf("the new id is %q", r.id())
	}
	log := s.log.String()
	if !strings.Contains(log, "level=WARN") || strings.Contains(log, anID) || strings.Contains(log, "views") {
		t.Errorf("log: %s", log)
	}
}

// What a request does not change comes back byte for byte, whatever it is.
func TestRecordBytes(t *testing.T) {
	t.Parallel()
	big := strings.Repeat(`"é<\u003c",`, 1<<17)
	for name, members := range map[string]string{
		"null":               `"a":null,`,
		"other types":        `"a":[1,"1",true,null,{}],`,
		"duplicates":         `"a":1,"a":2,`,
		"escaped name":       `"\u0061":1,"\u0062\/":2,`,
		"nested cookie":      `"a":{"cookie":{"path":"/x"},"sojourn":1},`,
		"beyond 2^53":        `"a":9007199254740993,"b":12345678901234567890123,`,
		"minus zero":         `"a":-0,"b":-0.0,`,
		"beyond a float":     `"a":1e400,"b":-1E-400,`,
		"spelled numbers":    `"a":1.0,"b":1E2,"c":1e+2,`,
		"lone surrogates":    `"a":"\ud800","b":"\udc00\ud800","\udfff":1,`,
		"pair":               `"a":"\ud83d\ude00😀",`,
		"for HTML":           `"a":"<>&\u003c</script>","<>&":1,`,
		"separators":         "\"a\":\"\u2028\u2029\\u2028\",",
		"escaped slash":      `"a":"\/",`,
		"controls":           `"a":"\u0000\u001f\u007f` + "\x7f" + `",`,
		"malformed UTF-8":    "\"a\":\"\xff\xc0\",\"\xfe\":1,",
		"names of methods":   `"save":1,"__proto__":{"x":1},"constructor":null,"id":"x",`,
		"not in JS order":    `"b":1,"2":1,"a":1,"1":1,`,
		"inner white space":  `"a":{ "x" :` + "\t" + `[ 1 ,` + "\r\n" + ` 2 ] },`,
		"nested deep":        `"a":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `,`,
		"a megabyte":         `"a":[` + big + `0],`,
		"empty name":         `"":"",`,
		"name with a quote":  `"\"\\":1,`,
		"empty object":       `"a":{},`,
		"long escaped names": `"` + strings.Repeat(`\u0061`, 1000) + `":1,`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, plain(session.Options{}))
			pair := s.put(anID, `{`+plainCookie+`,`+members+`"views":41}`)
			r := s.visit(visit{cookie: pair, do: count})
			want(t, "calls", r.calls, "get,save")
			if got := s.record(anID); got != `{`+plainCookie+`,`+members+`"views":42}` {
				t.Errorf("record is %.2000q", got)
			}
			// Again, with a cookie member that is known.
			s.visit(visit{cookie: pair, do: count})
			if got := s.record(anID); got != `{`+plainCookie+`,`+members+`"views":43}` {
				t.Errorf("record is %.2000q", got)
			}
		})
	}
}

func TestRecordOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, before, after string
		do                  func(*session.Session)
	}{
		{"white space between members goes", " {\n\t" + plainCookie + " ,\r\n \"views\" : 1 } ", `{` + plainCookie + `,"views":2}`, count},
		{"cookie stays in the middle", `{"a":1,` + plainCookie + `,"views":1}`, `{"a":1,` + plainCookie + `,"views":2}`, count},
		{"escaped cookie member", `{"\u0063ookie":{"httpOnly":true},"views":1}`, `{"\u0063ookie":{"httpOnly":true},"views":2}`, count},
		{"of two cookie members the last counts", `{"cookie":{"path":"/x"},"a":1,` + plainCookie + `,"views":1}`, `{` + plainCookie + `,"a":1,"views":2}`, count},
		{"escaped key is the key", `{` + plainCookie + `,"\u0076iews":1,"a":1}`, `{` + plainCookie + `,"\u0076iews":2,"a":1}`, count},
		{"of two values the last counts", `{` + plainCookie + `,"views":1,"a":1,"views":5}`, `{` + plainCookie + `,"views":6,"a":1}`, count},
		{"index goes to the front", `{` + plainCookie + `,"a":1}`, `{"0":true,"10":true,` + plainCookie + `,"a":1}`, func(s *session.Session) {
			session.Key[bool]("10").Set(s, true)
			session.Key[bool]("0").Set(s, true)
		}},
		{"deleted and set again goes to the end", `{` + plainCookie + `,"views":1,"a":1}`, `{` + plainCookie + `,"a":1,"views":1}`, func(s *session.Session) {
			visits.Set(s, visits.Take(s))
		}},
		{"clear", `{"0":1,` + plainCookie + `,"views":1,"a":1}`, `{` + plainCookie + `}`, (*session.Session).Clear},
		{"all values deleted", `{` + plainCookie + `,"views":1}`, `{` + plainCookie + `}`, func(s *session.Session) { visits.Delete(s) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, plain(session.Options{}))
			s.visit(visit{cookie: s.put(anID, tt.before), do: tt.do})
			want(t, "record", s.record(anID), tt.after)
		})
	}
}

// Whatever stands in a member, a key of any type reads it without harm, and the
// record with it stays valid JSON.
func TestRecordOfAnyValue(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`null`, `1e400`, `-0`, `"\ud800"`, `[[]]`, `{"a":{"a":1,"a":2}}`, `9007199254740993`, `"` + "\u2028" + `"`} {
		s := newSite(t, session.Options{})
		pair := s.put(anID, `{`+plainCookie+`,"x":`+raw+`}`)
		r := s.visit(visit{cookie: pair, do: func(s *session.Session) {
			anything.Get(s)
			session.Key[string]("x").Get(s)
			session.Key[float64]("x").Get(s)
			session.Key[[]any]("x").Get(s)
			session.Key[struct{ A int }]("x").Get(s)
			count(s)
		}})
		if got := s.record(anID); r.status != 200 || !json.Valid([]byte(got)) || !strings.Contains(got, `"x":`+raw+`,`) {
			t.Errorf("%s: status %d, record %s", raw, r.status, got)
		}
	}
}
