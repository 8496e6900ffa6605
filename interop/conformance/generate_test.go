package conformance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
)

const (
	secret = "keyboard cat"
	older  = "the secret of last year"
	known  = "known" // the id of the session that is there
	ttl    = 24 * 60 * 60 * 1000
)

// start is when a bubble of synctest begins.
var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

func ms(n int64) *int64 { return &n }

// do returns actions, given as names with their argument.
func do(names ...string) []action {
	actions := []action{}
	for _, name := range names {
		actions = append(actions, named(name))
	}
	return actions
}

func named(name string) action {
	do, arg, has := strings.Cut(name, " ")
	a := action{Do: do}
	switch do {
	case "maxAge", "expires":
		if has {
			var n int64
			_, _ = fmt.Sscan(arg, &n)
			a.MS = &n
		}
	case "httpOnly", "secure", "partitioned":
		a.On = arg == "on"
	case "set":
		a.Key, a.Value, _ = strings.Cut(arg, " ")
	case "delete":
		a.Key = arg
	default:
		a.Value = arg
	}
	return a
}

// actions that are put together in pairs.
var actions = []string{
	"noop", "modify", "revert", "delete n", "reorder", "clear", "set a 1", "touch", "save", "reload", "regenerate", "destroy",
	"discard", "other", "logout", "maxAge 60000", "maxAge 120000", "maxAge", "expires 5000", "path /x", "domain example.com", "httpOnly on", "httpOnly off",
	"secure on", "secure off", "sameSite lax", "sameSite strict", "sameSite none", "sameSite", "partitioned on", "priority high",
}

// cookieStates are what a request may bring.
func cookieStates(t testing.TB, name string) map[string]string {
	if name == "" {
		name = "connect.sid"
	}
	value := func(id, secret string) string {
		signer, err := cookie.NewSigner(secret)
		if err != nil {
			t.Fatal(err)
		}
		return string(signer.AppendCookieValue(nil, id))
	}
	good := value(known, secret)
	raw := cookie.Decode(good)
	flipped := good[:len(good)-1] + string(good[len(good)-1]^1)
	return map[string]string{
		"none":     "",
		"valid":    name + "=" + good,
		"unsigned": name + "=" + known,
		"prefixed": name + "=s:" + known,
		"wrongly":  name + "=" + value(known, "no secret of this site"),
		"tampered": name + "=" + flipped,
		"older":    name + "=" + value(known, older),
		"unknown":  name + "=" + value("nobody", secret),
		"expired":  name + "=" + value("expired", secret),
		"corrupt":  name + "=" + value("corrupt", secret),
		"nocookie": name + "=" + value("nocookie", secret),
		"dots":     name + "=" + value("a.b.c", secret),
		"long":     name + "=" + value(strings.Repeat("x", 200), secret),
		"blank":    name + "=" + value("a b", secret),
		"noid":     name + "=" + value("", secret),
		"other":    "x" + name + "=" + good,
		"case":     strings.ToUpper(name) + "=" + good,
		"badgood":  name + "=bogus; " + name + "=" + good,
		"goodbad":  name + "=" + good + "; " + name + "=bogus",
		"among":    "a=1; b; =c; " + name + "=" + good + " ; z=%zz",
		"raw":      name + "=" + raw,
		"quoted":   name + `="` + good + `"`,
		"blanks":   name + " =\t" + good + "\t ",
		"twice":    name + "=" + strings.ReplaceAll(good, "%", "%25"),
		"lower":    name + "=" + strings.ReplaceAll(good, "%3A", "%3a"),
		"upper":    name + "=" + strings.Replace(good, "s%3A", "S%3A", 1),
		"padded":   name + "=" + raw + "=",
		"broken":   name + "=" + good + "%zz",
		"empty":    name + "=",
		"json":     name + `=j:{"a":1}`,
		"object":   "__proto__=x; constructor=y; " + name + "=" + good,
		"plus":     name + "=" + value("a+b/c=", secret),
	}
}

const plainCookie = `"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}`

// data returns a record of somebody who came with the options.
func data(c settings, at int64, rest string) (string, int64) {
	if c.MaxAge == nil || *c.MaxAge <= 0 {
		return `{` + plainCookie + rest + `}`, at + ttl
	}
	expires := at + *c.MaxAge
	return fmt.Sprintf(`{"cookie":{"originalMaxAge":%d,"expires":%q,"httpOnly":true,"path":"/"}%s}`,
		*c.MaxAge, time.UnixMilli(expires).UTC().Format("2006-01-02T15:04:05.000Z"), rest), expires
}

// records returns a session that is there, and what else a kind of cookie asks for.
func records(c settings, kind string) []record {
	d, expires := data(c, start, `,"n":1,"b":{"z":[1,"é"]}`)
	all := []record{{known, d, expires}}
	switch kind {
	case "dots":
		all = append(all, record{"a.b.c", `{` + plainCookie + `}`, start + ttl})
	case "expired":
		all = append(all, record{kind, d, start + 500})
	case "corrupt":
		all = append(all, record{kind, `{"cookie":{`, expires})
	case "nocookie":
		all = append(all, record{kind, `{"foo":"bar"}`, expires})
	}
	return all
}

// single returns an instance of one request, a second after the records were made.
func single(o options, name, cookie string, actions ...string) *instance {
	return &instance{
		Name:  fmt.Sprintf("%s | %s | %s", text(o), name, strings.Join(actions, ", ")),
		Start: start, Options: o, Records: records(o.Cookie, name),
		Requests: []*request{{Wait: 1000, exchange: exchange{Cookie: cookie, Actions: do(actions...)}}},
	}
}

// someFlags are every second of flags: each value of each with each other.
func someFlags() (some []options) {
	for i, o := range flags() {
		if i == 0 || i == 3 || i == 5 || i == 6 {
			some = append(some, o)
		}
	}
	return some
}

// flags are all values of resave, saveUninitialized and rolling.
func flags() (all []options) {
	for i := range 8 {
		all = append(all, options{Resave: i&1 != 0, SaveUninitialized: i&2 != 0, Rolling: i&4 != 0, Secrets: []string{secret}})
	}
	return all
}

// pairs are two actions after one another. The flags and the lifetime go round,
// so that each pair is met with several.
func pairs(t testing.TB, rounds int) (cases []*instance) {
	cookies := cookieStates(t, "")
	all := flags()
	n := 0
	for range rounds {
		for _, one := range actions {
			for _, two := range actions {
				for _, name := range []string{"none", "valid"} {
					o := all[n%len(all)]
					if n/len(all)%2 == 1 {
						o.Cookie.MaxAge = ms(60000)
					}
					n++
					cases = append(cases, single(o, name, cookies[name], one, two))
				}
			}
		}
		n += 5
	}
	return cases
}
