package conformance

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
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

// optionSets are options that say something, one after another.
func optionSets() (sets []options) {
	sets = flags()
	yes, no := true, false
	_ = yes
	for _, c := range []settings{
		{MaxAge: ms(60000)}, {MaxAge: ms(0)}, {MaxAge: ms(-1)}, {MaxAge: ms(1500)}, {Expires: ms(start + 30*ttl)}, {MaxAge: ms(3155760000000)},
		{HTTPOnly: &no}, {Secure: true}, {Secure: "auto"}, {SameSite: "lax"}, {SameSite: "strict"}, {SameSite: "none", Secure: true},
		{SameSite: "auto", Secure: "auto"}, {Partitioned: true, Secure: true}, {Priority: "low"}, {Priority: "medium"}, {Domain: "example.com"}, {Domain: ".example.com"},
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
			for range 2 {
				n++
				cases = append(cases, single(o, name, states[name], simple[n%len(simple)]))
			}
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
		for _, action := range actions {
			for _, name := range []string{"none", "valid"} {
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
	for _, o := range flags() {
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
	for _, o := range flags() {
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
