package twins_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// sessionCookie is the cookie member of a session that ends with the browser.
const sessionCookie = `"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"}`

// wild are members of records that survive any number of passes through our side,
// byte for byte.
var wild = []string{
	`"nested":{"b":1,"a":{"c":[1,[2,[3,[]]],{},"x"],"":null}}`,
	`"unicode":"é😀 <>& \u2028` + "\u2029" + `","naïve😀":"\u00e9\/\u0041"`,
	`"surrogates":["\ud800","\udfffx","\uD83D","😀"],"\ud801":1`,
	`"numbers":[9007199254740993,-9007199254740995,12345678901234567890,1.0,1E+2,-0,1e-7,0.1000000000000000055,1e400]`,
	`"big":123456789012345678901234567890`,
	`"nul":"\u0000","control":"\u001f\t\n"`,
	`"spaced":{ "a" : [ 1 , 2 ] }`,
	`"":"empty","a.b":1,"$set":{"$gt":1,"x.y":[]},".":0,"$":0`,
	`"__proto__":{"x":1},"constructor":[],"toString":1,"id":"x","save":null,"hasOwnProperty":false`,
	`"twice":1,"twice":2`,
}

// seeded makes a session on Express's side, and puts a record in its place.
func seeded(t *testing.T, p *pair, express side, data string) *browser {
	t.Helper()
	b := newBrowser(t)
	b.do(express, set("n", 1))
	p.put(t, b.id(), record{data, time.Now().Add(time.Hour)})
	return b
}

// holds fails the test unless the record of the session is data.
func (p *pair) holds(t *testing.T, when, id, data string) {
	t.Helper()
	if r, ok := p.get(t, id); !ok || r.data != data {
		t.Errorf("%s the record is\n%q (%t), not\n%q", when, r.data, ok, data)
	}
}

// What ours do not change stays as it is, byte for byte, however odd it is and
// wherever the cookie member stands.
func keepBytes(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	for _, tt := range []struct{ name, before string }{
		{"all", "{" + sessionCookie + "," + strings.Join(wild, ",")},
		{"indexes first", `{"7":[1.0],"42":{},` + sessionCookie + `,"b":1,"a":2`},
		{"cookie last", `{"z":{"b":1.0,"a":1E2},` + sessionCookie},
	} {
		data := tt.before + "}"
		b := seeded(t, p, express, data)
		for pass := range 3 {
			name := fmt.Sprintf("%s, pass %d:", tt.name, pass)
			b.do(ours, verb("keys"), get("nested"), get("nobody"))
			p.holds(t, name+" read", b.id(), data)
			b.do(ours, set("mine", "<é>"), add("count", 1))
			p.holds(t, name+" set", b.id(), tt.before+`,"mine":"<é>","count":1}`)
			b.do(ours, set("mine", pass), verb("save"), add("count", 1))
			p.holds(t, name+" set again", b.id(), fmt.Sprintf(`%s,"mine":%d,"count":2}`, tt.before, pass))
			b.do(ours, del("count"), del("mine"), del("nobody"))
			p.holds(t, name+" deleted", b.id(), data)
		}
		// A login moves the record to another id.
		b.post(ours, "/login", "ann")
		p.holds(t, tt.name+": logged in", b.id(), tt.before+`,"passport":{"user":"ann"}}`)
		// A conflict: somebody else has written meanwhile.
		wait := b.start(ours, get("nested"), hold(tt.name), set("mine", 1))
		ours.reached(t, tt.name)
		p.put(t, b.id(), record{tt.before + `,"theirs":1.0}`, time.Now().Add(time.Hour)})
		ours.open(t, tt.name)
		if _, err := wait(); err != nil {
			t.Fatal(err)
		}
		p.holds(t, tt.name+": merged", b.id(), tt.before+`,"theirs":1.0,"mine":1}`)
	}
}

// The same with a lifetime: of the cookie member only the expiry is written anew.
func keepCookieBytes(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	const before, after = `{"x":1.0,"cookie":{"path":"/","originalMaxAge":3600000,"extra":[1.0],"expires":"`, `","httpOnly":true},"y":1E1`
	b := seeded(t, p, express, before+"2020-01-01T00:00:00.000Z"+after+"}")
	for n := range 3 {
		b.do(ours, set("n", n))
		r, _ := p.get(t, b.id())
		expires := strings.TrimPrefix(r.data, before)
		expires, rest, _ := strings.Cut(expires, `"`)
		if at, err := time.Parse("2006-01-02T15:04:05.000Z", expires); err != nil || at.Sub(r.expires).Abs() > rounding {
			t.Errorf("the record says it expires at %s, the engine %v: %v", expires, r.expires, err)
		}
		if want := fmt.Sprintf(`%s,"n":%d}`, after, n); `"`+rest != want {
			t.Errorf("the record is %q", r.data)
		}
	}
}

// What Express has written, of whatever values, goes through ours unchanged, and
// through Express again.
func keepBytesOfExpress(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	b := newBrowser(t)
	b.do(express,
		set("nested", raw(`{"b":1,"a":{"c":[1,[2,[3,[]]],{},"x"],"":null,"__proto__":{"x":1}}}`)),
		set("text", raw(`"é😀 <>& \u2028\ud800 \u0000\\\""`)), set("numbers", raw(`[1.5,1e21,1e-7,9007199254740993,-0]`)),
		set("a.b", 1), set("", 2), set("$set", raw(`{"$gt":1}`)), set("7", 3), set("toJSON", 4))
	const data = `{"7":3,` + sessionCookie + `,"nested":{"b":1,"a":{"c":[1,[2,[3,[]]],{},"x"],"":null,"__proto__":{"x":1}}},` +
		`"text":"é😀 <>& ` + "\u2028" + `\ud800 \u0000\\\"","numbers":[1.5,1e+21,1e-7,9007199254740992,0],` +
		`"a.b":1,"":2,"$set":{"$gt":1},"toJSON":4`
	for n := range 3 {
		for _, s := range []side{ours, express} {
			b.do(s, add("n", 1))
			p.holds(t, s.String()+" has changed another key:", b.id(), fmt.Sprintf(`%s,"n":%d}`, data, 2*n+map[side]int{ours: 1, express: 2}[s]))
		}
	}
}

// What a save of Express makes of members that it has not changed, since it writes
// the whole record as JSON.parse and JSON.stringify leave it. docs/express.md has
// the list.
func normalise(t *testing.T, p *pair) {
	express, ours := p.applications(t, options{})
	for _, tt := range []struct {
		before, after string // records, without braces
		onRead        bool   // Express takes the record for changed, though nobody has changed it
	}{
		{`C,"n":1.0`, `C,"n":1`, false},
		{`C,"n":1E+2`, `C,"n":100`, false},
		{`C,"n":-0`, `C,"n":0`, false},
		{`C,"n":1000000000000000000000`, `C,"n":1e+21`, false},
		{`C,"n":9007199254740993`, `C,"n":9007199254740992`, false},
		{`C,"n":0.1000000000000000055`, `C,"n":0.1`, false},
		{`C,"n":1e400`, `C,"n":null`, false},
		{`C,"s":"\u00e9\/\u0041\ud83d\ude00"`, `C,"s":"é/A😀"`, false},
		{`C,"s":"\uD800"`, `C,"s":"\ud800"`, false},
		{`C,"s":"\u2028\u0000\u001F"`, `C,"s":"` + "\u2028" + `\u0000\u001f"`, false},
		{`C,"o":{ "b" : [ 1 , 2 ] }`, `C,"o":{"b":[1,2]}`, false},
		{`C,"o":{"b":1,"2":1,"a":1,"1":1}`, `C,"o":{"1":1,"2":1,"b":1,"a":1}`, false},
		{`C,"b":1,"2":1,"a":1,"1":1`, `"1":1,"2":1,C,"b":1,"a":1`, false},
		{`"z":1,C`, `"z":1,C`, false},
		{`C,"d":1,"e":2,"d":3`, `C,"d":3,"e":2`, false},
		{`C,"o":{"__proto__":1,"toString":2}`, `C,"o":{"__proto__":1,"toString":2}`, false},
		{`C,"__proto__":{"x":1},"a":1`, `C,"a":1`, true},
		{`C,"id":1,"req":2,"save":3,"reload":4,"touch":5,"resetMaxAge":6,"destroy":7,"regenerate":8,"a":1`, `C,"a":1`, true},
		{`C,"constructor":1,"toString":2,"hasOwnProperty":3,"valueOf":4,"a":1`, `C,"a":1`, true},
		{`C,"":1,"a.b":2,"$set":3,"toJSON":4`, `C,"":1,"a.b":2,"$set":3,"toJSON":4`, false},
		{`"cookie":{"path":"/","extra":1,"expires":null,"httpOnly":true,"originalMaxAge":null,"domain":null},"a":1`,
			`"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"domain":null,"path":"/"},"a":1`, false},
	} {
		before := "{" + strings.Replace(tt.before, "C", sessionCookie, 1) + "}"
		after := "{" + strings.Replace(tt.after, "C", sessionCookie, 1) + "}"
		b := seeded(t, p, express, before)
		b.do(express, verb("keys"))
		if tt.onRead {
			p.holds(t, "read by Express,", b.id(), after)
		} else {
			p.holds(t, "read by Express,", b.id(), before)
		}
		p.put(t, b.id(), record{before, time.Now().Add(time.Hour)})
		b.do(express, set("mine", 1))
		changed := strings.TrimSuffix(after, "}") + `,"mine":1}`
		p.holds(t, "changed by Express,", b.id(), changed)
		b.do(ours, set("mine", 2))
		p.holds(t, "changed by Go afterwards,", b.id(), strings.Replace(changed, `"mine":1`, `"mine":2`, 1))
	}
}

// The same steps make the same record, whichever side takes them, and also if they
// take turns.
func equalRecords(t *testing.T, p *pair) {
	for _, age := range []time.Duration{0, time.Hour} {
		express, ours := p.applications(t, options{MaxAge: int(age.Milliseconds())})
		steps := [][]step{
			{set("b", "é<>&\u2028\"\\\u0001"), set("a", raw(`{"y":[1,null,true],"x":{},"":""}`))},
			{set("10", 1), set("2", raw(`[]`)), set("01", 0), set("passport", raw(`{"user":"ann"}`))},
			{del("b"), set("float", raw(`1.5`)), add("n", 5), set("a.b", false)},
			{set("b", "again"), set("a", nil), add("n", -7), set("$", raw(`{"2":"indexes come first"}`))},
			{verb("regenerate"), set("z", 1), set("0", "x"), set("y", "")},
			{set("z", 2), verb("save"), set("x", 1), verb("save"), del("0")},
		}
		sides := map[string]func(i int) side{
			"Express": func(int) side { return express },
			"Go":      func(int) side { return ours },
			"in turn": func(i int) side { return []side{express, ours}[i%2] },
		}
		records := map[string][]string{}
		for name, of := range sides {
			b := newBrowser(t)
			for i, steps := range steps {
				b.do(of(i), steps...)
				r, _ := p.get(t, b.id())
				records[name] = append(records[name], withoutInstants(t, r.data, age))
			}
		}
		for i, want := range records["Express"] {
			for name := range sides {
				if got := records[name][i]; got != want {
					t.Errorf("after step %d, %s:\n%s, and Express\n%s", i, name, got, want)
				}
			}
		}
	}
}

var instants = regexp.MustCompile(`"originalMaxAge":(\d+),"expires":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`)

// withoutInstants returns a record without what depends on the moment, of which it
// checks the form.
func withoutInstants(t *testing.T, data string, age time.Duration) string {
	t.Helper()
	if age == 0 {
		return data
	}
	found := instants.FindStringSubmatch(data)
	if found == nil {
		t.Errorf("there is no lifetime in %q", data)
		return data
	}
	checkAge(t, found[1], age)
	return strings.Replace(data, found[0], `"originalMaxAge":0,"expires":""`, 1)
}
