package conformance

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/cookie"
)

// optionSets are options that say something, one after another.
func optionSets() (sets []options) {
	sets = flags()
	yes, no := true, false
	for _, c := range []settings{
		{MaxAge: ms(60000)}, {MaxAge: ms(0)}, {MaxAge: ms(-1)}, {MaxAge: ms(1500)}, {Expires: ms(start + 30*ttl)}, {MaxAge: ms(3155760000000)},
		{HTTPOnly: &no}, {Secure: true}, {Secure: "auto"}, {SameSite: "lax"}, {SameSite: "strict"}, {SameSite: "none", Secure: true},
		{SameSite: "auto", Secure: "auto"}, {SameSite: "auto", Secure: true}, {Partitioned: true, Secure: true}, {Priority: "low"}, {Priority: "medium"}, {Domain: "example.com"}, {Domain: ".example.com"},
		{Path: "/", Domain: "example.com", MaxAge: ms(60000), HTTPOnly: &yes, Secure: true, SameSite: "none", Partitioned: true, Priority: "high"},
	} {
		sets = append(sets, options{Secrets: []string{secret}, Cookie: c})
		sets = append(sets, options{Secrets: []string{secret}, Cookie: c, SaveUninitialized: true, Rolling: true, Resave: true})
	}
	return append(sets,
		options{Secrets: []string{secret}, Name: "sid"},
		options{Secrets: []string{secret, older}, Rolling: true},
		options{Secrets: []string{older, secret}},
		options{Secrets: []string{secret}, Unset: "destroy"},
		options{Secrets: []string{secret}, Unset: "destroy", SaveUninitialized: true, Cookie: settings{MaxAge: ms(60000)}},
		options{Secrets: []string{secret}, CookieFunc: true, Cookie: settings{Secure: "auto", MaxAge: ms(60000)}},
		options{Secrets: []string{secret}, CookieFunc: true, SaveUninitialized: true},
		options{Secrets: []string{secret}, Lenient: true},
	)
}

// cookies are what a request may bring, with all options and a few actions.
func cookies(t testing.TB) (cases []*instance) {
	simple := []string{"noop", "modify", "regenerate", "destroy", "save"}
	n := 0
	for _, o := range optionSets() {
		states := cookieStates(t, o.Name)
		for _, name := range slices.Sorted(maps.Keys(states)) {
			n++
			cases = append(cases, single(o, name, states[name], simple[n%len(simple)]))
		}
	}
	return cases
}

// transports are all options and actions, over HTTP and HTTPS, with proxies and
// without.
func transports(t testing.TB) (cases []*instance) {
	n := 0
	for _, o := range optionSets() {
		states := cookieStates(t, o.Name)
		for i, action := range actions {
			for _, name := range []string{"none", "valid"}[i%2:] {
				n++
				o.Proxy = n%7 > 3
				c := single(o, name, states[name], action)
				e := &c.Requests[0].exchange
				e.HTTPS = n%3 == 0
				e.Proto = []string{"", "https", "http", "HTTPS", " https , http", "http,https", "wss", "https,"}[n%8]
				e.Outside = n%5 == 0
				c.Name += fmt.Sprintf(" | %v %q %v", e.HTTPS, e.Proto, e.Outside)
				cases = append(cases, c)
			}
		}
	}
	return cases
}

// paths are paths of requests and of cookies.
func paths(t testing.TB) (cases []*instance) {
	states := cookieStates(t, "")
	for _, cookiePath := range []string{"", "/", "/admin", "/admin/", "/a/b"} {
		for _, path := range []string{
			"/", "/admin", "/admin/", "/admin/x", "/administrator", "/ADMIN", "/admin?x=1", "/%61dmin", "//admin", "/a", "/a/b", "/a/bc", "/a/b/c", "*",
			"http://example.com/admin", "http://example.com",
		} {
			for _, name := range []string{"none", "valid"} {
				for _, action := range []string{"noop", "modify", "destroy"} {
					c := single(options{Secrets: []string{secret}, Rolling: true, Cookie: settings{Path: cookiePath}}, name, states[name], action)
					c.Requests[0].Path = path
					if path == "*" {
						c.Requests[0].Method = "OPTIONS"
					}
					c.Name += " | " + path
					cases = append(cases, c)
				}
			}
		}
	}
	return cases
}

// oddRecords are records as others may have written them.
func oddRecords(t testing.TB) (cases []*instance) {
	const settings = `"originalMaxAge":60000,"expires":"2000-01-01T00:01:00.000Z"`
	signer, err := cookie.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []record{
		{"number", `5`, 0}, {"text", `"text"`, 0}, {"array", `{"cookie":[]}`, 0}, {"nocookie", `{"cookie":null,"n":1}`, 0}, {"corrupt", `{"cookie":{}`, 0},
		{"empty settings", `{"cookie":{},"n":1}`, 0},
		{"save", `{` + plainCookie + `,"save":"x","n":1}`, 0}, {"id", `{` + plainCookie + `,"id":5}`, 0}, {"toString", `{` + plainCookie + `,"n":1,"toString":{}}`, 0},
		{"spaces", `{ ` + plainCookie + ` , "n" : 1 }`, 0},
		{"indexes", `{"1":1,"10":2,` + plainCookie + `,"n":1,"a":null}`, 0},
		{"last", `{"n":1,"s":"<&>` + "\u2028" + `é",` + plainCookie + `}`, 0},
		{"lasting", `{"cookie":{` + settings + `,"httpOnly":true,"path":"/"},"n":1}`, 0},
		{"full", `{"cookie":{"originalMaxAge":60000,"partitioned":true,"priority":"high","expires":"2000-01-01T00:01:00.000Z","secure":true,"httpOnly":false,"domain":".example.com","path":"/x","sameSite":"none"},"n":1}`, 0},
		{"insecure", `{"cookie":{"originalMaxAge":null,"expires":null,"secure":false,"httpOnly":true,"path":"/"},"n":1}`, 0},
		{"spelling", `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/","sameSite":"Strict"},"n":1}`, 0},
		{"strict", `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/","sameSite":true},"n":1}`, 0},
		{"nested", `{` + plainCookie + `,"user":{"cookie":{"a":1},"name":"bob"},"n":1}`, 0},
		{"expires", `{"cookie":{"originalMaxAge":null,"expires":false,"httpOnly":true,"path":"/"},"n":1}`, 0},
	} {
		if r.Expires = start + ttl; strings.Contains(r.Data, "60000") {
			r.Expires = start + 60000
		}
		cases = append(cases, odd(r, signer)...)
	}
	for _, value := range oddValues {
		cases = append(cases, odd(record{"value", `{` + plainCookie + `,` + value + `,"n":1}`, start + ttl}, signer)...)
	}
	return cases
}

func odd(r record, signer *cookie.Signer) (cases []*instance) {
	r.ID = strings.ReplaceAll(r.ID, " ", "-")
	for _, o := range someFlags() {
		for _, action := range []string{"noop", "modify", "revert", "set x 2", "save", "reload", "destroy", "regenerate"} {
			c := single(o, r.Data, "connect.sid="+string(signer.AppendCookieValue(nil, r.ID)), action)
			c.Records = []record{r}
			c.Requests[0].HTTPS = true
			cases = append(cases, c)
		}
	}
	return cases
}

// failures are stores that fail, and handlers that do.
func failures(t testing.TB) (cases []*instance) {
	states := cookieStates(t, "")
	for _, o := range someFlags() {
		for _, age := range []*int64{nil, ms(60000)} {
			o.Cookie.MaxAge = age
			for _, action := range []string{"noop", "modify", "save", "reload", "regenerate", "destroy", "discard", "touch"} {
				for _, name := range []string{"none", "valid"} {
					for _, fail := range []string{"get", "set", "touch", "delete"} {
						o := o
						o.Fail = fail
						cases = append(cases, single(o, name, states[name], action))
					}
					cases = append(cases, single(o, name, states[name], action, "throw", "modify"), single(o, name, states[name], "throw"))
				}
			}
		}
	}
	for _, name := range []string{"none", "valid"} { // a session that could not be loaded
		cases = append(cases, single(options{Secrets: []string{secret}, Unset: "destroy", Fail: "get"}, name, states[name], "noop"))
	}
	return cases
}

// late are changes after the header.
func late(t testing.TB) (cases []*instance) {
	states := cookieStates(t, "")
	for _, o := range flags() {
		for _, age := range []*int64{nil, ms(60000)} {
			o.Cookie.MaxAge = age
			for _, before := range []string{"noop", "modify"} {
				for _, after := range []string{"noop", "modify", "revert", "regenerate", "destroy", "save", "maxAge 120000"} {
					for _, name := range []string{"none", "valid"} {
						cases = append(cases, single(o, name, states[name], before, "flush", after))
					}
				}
			}
		}
	}
	return cases
}

// beyond are records that live longer than their cookies say, or began over HTTPS.
func beyond(t testing.TB) (cases []*instance) {
	valid := cookieStates(t, "")["valid"]
	for _, o := range flags() {
		for _, secure := range []any{nil, "auto"} {
			for _, action := range []string{"noop", "modify", "touch", "reload", "regenerate", "destroy", "maxAge 1000"} {
				o.Cookie.Secure = secure
				c := single(o, "long", valid, action)
				c.Records = []record{{known, `{"cookie":{"originalMaxAge":60000,"expires":"2000-01-01T00:01:00.000Z","httpOnly":true,"path":"/"},"n":1}`, start + ttl}}
				s := single(o, "secure", valid, action)
				s.Records = []record{{known, `{"cookie":{"originalMaxAge":null,"expires":null,"secure":true,"httpOnly":true,"path":"/"},"n":1}`, start + ttl}}
				cases = append(cases, c, s)
			}
		}
		for _, name := range []string{"none", "valid"} { // what ends at once
			for _, action := range []string{"maxAge 0", "maxAge -1", "expires -5000", "expires", "maxAge 3000000000"} {
				cases = append(cases, single(o, name, cookieStates(t, "")[name], action))
			}
		}
		cases = append(cases, single(o, "read again", valid, "other", "reload", "modify"))
		cases = append(cases, single(o, "nothing to read", valid, append([]string{"logout"}, slices.Repeat([]string{"reload"}, 20)...)...))
	}
	return cases
}

// takenIDs are generated ids that exist.
func takenIDs(t testing.TB) (cases []*instance) {
	states := cookieStates(t, "")
	for _, o := range flags() {
		for _, id := range []string{known, "free", "nobody"} {
			o.ID = id
			for _, name := range []string{"none", "unknown"} {
				for _, action := range []string{"noop", "modify", "save"} {
					cases = append(cases, single(o, name, states[name], action))
				}
			}
		}
	}
	return cases
}

// sequences are random requests of one browser, of which each finds what the ones
// before have left.
func sequences(t testing.TB, seed uint64, number int) (cases []*instance) {
	random := rand.New(rand.NewPCG(seed, 0))
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	sets := slices.DeleteFunc(optionSets(), func(o options) bool { return o.Lenient || o.Cookie.MaxAge != nil && *o.Cookie.MaxAge < 0 })
	alone := slices.DeleteFunc(slices.Clone(actions), func(a string) bool { return a == "other" || a == "secure off" })
	for i := range number {
		o := sets[random.IntN(len(sets))]
		states := cookieStates(t, o.Name)
		c := &instance{Name: fmt.Sprintf("seed %d, sequence %d, %s", seed, i, text(o)), Start: start, Options: o, Records: records(o.Cookie, "")}
		https := random.IntN(3) == 0
		for range 1 + random.IntN(8) {
			r := &request{Wait: []int64{0, 1, 999, 1000, 30000, 61000, 7200000, 90000000}[random.IntN(8)]}
			r.HTTPS, r.Jar = https, true
			switch random.IntN(10) {
			case 0:
				r.Jar = false
			case 1, 2:
				r.Jar, r.Cookie = false, states["valid"]
			case 3:
				r.Jar, r.Cookie = false, states[pick([]string{"tampered", "unknown", "unsigned", "goodbad", "raw"})]
			}
			for range 1 + random.IntN(2) {
				r.Actions = append(r.Actions, named(pick(alone)))
			}
			c.Requests = append(c.Requests, r)
		}
		cases = append(cases, c)
	}
	return cases
}
