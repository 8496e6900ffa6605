package cookies

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sojourn-dev/sojourn/cookie"
	"github.com/sojourn-dev/sojourn/interop/node"
)

// made is how many cookies of each kind are made up.
const made = 2000

var secrets = []string{"keyboard cat", "an older secret", "é"}

// newMaker returns a maker, and logs what it takes to make the same again.
func newMaker(t *testing.T) maker {
	a, b := rand.Uint64(), rand.Uint64()
	t.Logf("seed %d, %d", a, b)
	return maker{rand.New(rand.NewPCG(a, b))}
}

// ask has Node do what is asked, and stores its answers.
func ask(t *testing.T, asked, answers any) {
	t.Helper()
	out := node.Run(t, "testdata/exchange.js", text(asked))
	if err := json.Unmarshal([]byte(out), answers); err != nil {
		t.Fatal(err)
	}
}

type written struct {
	Name    string          `json:"name"`
	Value   json.RawMessage `json:"value"`
	Options options         `json:"options"`
	Secret  string          `json:"secret"`
	Clear   bool            `json:"clear"`
	Set     string          `json:"set,omitempty"`
	Error   string          `json:"error,omitempty"`
}

func jar(t *testing.T, secrets ...string) *cookie.Jar {
	t.Helper()
	j, err := cookie.NewJar(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// set does in Go what w says, and returns the header it sets.
func (w written) set(t *testing.T) (line string, err error) {
	j, h, c := jar(t, w.Secret), http.Header{}, w.Options.cookie(w.Name)
	isText := json.Unmarshal(w.Value, &c.Value) == nil && string(w.Value) != "null"
	var v any
	if err := json.Unmarshal(w.Value, &v); err != nil {
		t.Fatal(err)
	}
	switch {
	case w.Clear:
		err = j.Clear(h, c)
	case isText && w.Options.Signed:
		err = j.SetSigned(h, c)
	case isText:
		err = j.Set(h, c)
	case w.Options.Signed:
		err = j.SetSignedJSON(h, c, v)
	default:
		err = j.SetJSON(h, c, v)
	}
	return h.Get("Set-Cookie"), err
}

// TestJar: what Express sets Go sets, byte for byte, and refuses where Express
// does; what either has set, and what anybody may send, both read alike.
func TestJar(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	var asked []written
	for range made {
		w := written{Name: m.name(), Options: m.options(), Secret: pick(m, secrets...), Clear: m.IntN(10) == 0}
		var v any = m.text()
		if m.IntN(2) == 0 {
			v = pick[any](m, m.value(1), m.value(3), nil)
		}
		switch v.(type) {
		case bool, int, float64:
			v = []any{v} // which Express would not write as JSON by themselves
		}
		w.Value = json.RawMessage(text(v))
		if _, isText := v.(string); isText && m.IntN(4) == 0 {
			w.Options.Encode = "identity"
		}
		if w.Clear {
			w.Options.Signed = false
		}
		asked = append(asked, w)
	}
	var answers struct{ Write []written }
	ask(t, map[string]any{"write": asked}, &answers)
	var set []string
	synctest.Test(t, func(t *testing.T) { // whose clock is that of packages.js
		refused := 0
		for _, w := range answers.Write {
			got, err := w.set(t)
			if got != w.Set || (err != nil) != (w.Error != "") {
				t.Errorf("%+v:\ngot  %s, %v\nwant %s, %s", w.Options, got, err, w.Set, w.Error)
			}
			if err != nil {
				refused++
				continue
			}
			pair, _, _ := strings.Cut(got, ";")
			set = append(set, pair)
		}
		if refused == 0 || len(set) < made/4 {
			t.Errorf("%d were set, %d refused: that shows nothing", len(set), refused)
		}
	})
	testReading(t, m, set)
}

type parsed struct {
	Header  string         `json:"header"`
	Secrets []string       `json:"secrets,omitempty"`
	Cookies map[string]any `json:"cookies"`
	Signed  map[string]any `json:"signed"`
}

func testReading(t *testing.T, m maker, set []string) {
	var asked []parsed
	for i := range 2 * made {
		p := parsed{Header: m.header(set)}
		if i < len(set) {
			p.Header = set[i]
		}
		if m.IntN(4) > 0 {
			p.Secrets = secrets[m.IntN(2):]
		}
		asked = append(asked, p)
	}
	var answers struct{ Read []parsed }
	ask(t, map[string]any{"read": asked}, &answers)
	kinds := [3]int{}
	for _, p := range answers.Read {
		plain, signed := map[string]any{}, map[string]any{}
		for v := range jar(t, p.Secrets...).Parse([]string{latin1(p.Header)}).All() {
			var value any = v.Text
			if v.JSON != nil && v.Decode(&value) != nil {
				t.Errorf("%q holds no JSON", p.Header)
			}
			switch {
			case v.Forged:
				signed[v.Name], kinds[2] = false, kinds[2]+1
			case v.Signed:
				signed[v.Name], kinds[1] = value, kinds[1]+1
			case v.Name != "__proto__": // which Node drops
				plain[v.Name], kinds[0] = value, kinds[0]+1
			}
		}
		delete(p.Signed, "__proto__")
		delete(signed, "__proto__")
		if !reflect.DeepEqual(plain, p.Cookies) || !reflect.DeepEqual(signed, p.Signed) {
			t.Errorf("%q, %q:\ngot  %v, %v\nwant %v, %v", p.Header, p.Secrets, plain, signed, p.Cookies, p.Signed)
		}
	}
	if slices.Min(kinds[:]) < 20 {
		t.Errorf("%v plain, signed and forged cookies show nothing", kinds)
	}
}

// latin1 returns the bytes that Node reads as that text.
func latin1(text string) string {
	var b []byte
	for _, r := range text {
		b = append(b, byte(r))
	}
	return string(b)
}

type pairSet struct {
	Name    string   `json:"name"`
	Keys    []string `json:"keys"`
	Value   string   `json:"value"`
	Options options  `json:"options"`
	Set     []string `json:"set,omitempty"`
	Error   string   `json:"error,omitempty"`
}

type pairFound struct {
	Name   string   `json:"name"`
	Keys   []string `json:"keys"`
	Header string   `json:"header"`
	Value  *string  `json:"value,omitempty"`
	Set    []string `json:"set,omitempty"`
}

// TestPair: the same for the pair of cookies of cookie-session.
func TestPair(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	keys := []string{"the first key", "an older key", "é"}
	var asked []pairSet
	for range made {
		p := pairSet{Name: "session", Keys: keys[m.IntN(3):], Value: cookie.EncodeDocument(text(m.value(3))), Options: m.options()}
		p.Options.Signed = true
		if strings.ContainsAny(p.Options.Domain, "_-") || strings.ContainsAny(p.Options.Path, ";é") {
			p.Options.Domain, p.Options.Path = "", "" // cookies 0.9.1 takes them, which is for nobody's good
		}
		if m.IntN(5) == 0 {
			p.Value = m.join(5, "a", " ", "=", `"`, ";", "\n", "\t", ",")
		}
		asked = append(asked, p)
	}
	var answers struct{ SetPair []pairSet }
	ask(t, map[string]any{"setPair": asked}, &answers)
	var pairs []string
	synctest.Test(t, func(t *testing.T) {
		for _, p := range answers.SetPair {
			h := http.Header{}
			err := pairOf(t, p.Name, p.Keys).Set(h, p.Value, p.Options.cookie(""))
			if !slices.Equal(h["Set-Cookie"], p.Set) || (err != nil) != (p.Error != "") {
				t.Errorf("%q, %+v:\ngot  %q, %v\nwant %q, %s", p.Value, p.Options, h["Set-Cookie"], err, p.Set, p.Error)
			}
			if err == nil {
				pairs = append(pairs, strings.Split(h["Set-Cookie"][0], ";")[0]+"; "+strings.Split(h["Set-Cookie"][1], ";")[0])
			}
		}
	})
	var sent []pairFound
	for i, pair := range pairs {
		if i%3 == 0 {
			pair = m.header([]string{pair, strings.Split(pair, "; ")[0], "session", "session.sig"})
		}
		sent = append(sent, pairFound{Name: "session", Keys: keys[m.IntN(2):], Header: pair})
	}
	var found struct{ GetPair []pairFound }
	ask(t, map[string]any{"getPair": sent}, &found)
	states := map[cookie.PairState]int{}
	for _, f := range found.GetPair {
		h, p := http.Header{}, pairOf(t, f.Name, f.Keys)
		value, state := p.Find([]string{latin1(f.Header)})
		p.Answer(h, value, state, false)
		states[state]++
		ok := state == cookie.PairCurrent || state == cookie.PairOlder
		if ok != (f.Value != nil) || ok && value != *f.Value || !slices.Equal(h["Set-Cookie"], f.Set) && len(h)+len(f.Set) > 0 {
			t.Errorf("%q: got %q, %d, %q; want %v, %q", f.Header, value, state, h["Set-Cookie"], f.Value, f.Set)
		}
	}
	for state := cookie.PairAbsent; state <= cookie.PairCurrent; state++ {
		if states[state] < 20 {
			t.Errorf("%v states show nothing", states)
		}
	}
}

func pairOf(t *testing.T, name string, keys []string) *cookie.Pair {
	t.Helper()
	p, err := cookie.NewPair(name, keys...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// patience is how long a program may take to answer.
const patience = time.Minute
