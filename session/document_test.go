package session

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"testing"
)

func parsed(t testing.TB, text string) document {
	t.Helper()
	spans, err := scanObject(nil, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return document{text: text, spans: spans}
}

// What JavaScript makes of the same steps, found with Node 20.
func TestDocumentOrder(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, before, key, after string
	}{
		{"new name at the end", `{"cookie":{},"a":1}`, "b", `{"cookie":{},"a":1,"b":0}`},
		{"known name where it is", `{"cookie":{},"a":1,"b":2}`, "a", `{"cookie":{},"a":0,"b":2}`},
		{"index before all names", `{"cookie":{},"a":1}`, "7", `{"7":0,"cookie":{},"a":1}`},
		{"zero", `{"7":1,"cookie":{}}`, "0", `{"0":0,"7":1,"cookie":{}}`},
		{"index by number, not by text", `{"9":1,"100":1,"cookie":{}}`, "10", `{"9":1,"10":0,"100":1,"cookie":{}}`},
		{"index after smaller ones", `{"9":1,"cookie":{}}`, "10", `{"9":1,"10":0,"cookie":{}}`},
		{"leading zero is a name", `{"7":1,"cookie":{}}`, "07", `{"7":1,"cookie":{},"07":0}`},
		{"minus is a name", `{"7":1,"cookie":{}}`, "-1", `{"7":1,"cookie":{},"-1":0}`},
		{"fraction is a name", `{"cookie":{}}`, "1.5", `{"cookie":{},"1.5":0}`},
		{"exponent is a name", `{"cookie":{}}`, "1e3", `{"cookie":{},"1e3":0}`},
		{"plus is a name", `{"cookie":{}}`, "+1", `{"cookie":{},"+1":0}`},
		{"space is a name", `{"cookie":{}}`, " 1", `{"cookie":{}," 1":0}`},
		{"the largest index", `{"cookie":{}}`, "4294967294", `{"4294967294":0,"cookie":{}}`},
		{"one more is a name", `{"cookie":{}}`, "4294967295", `{"cookie":{},"4294967295":0}`},
		{"beyond 64 bits", `{"cookie":{}}`, "18446744073709551617", `{"cookie":{},"18446744073709551617":0}`},
		{"duplicates become one, where the first was", `{"a":1,"cookie":{},"a":2,"b":3,"\u0061":4}`, "a", `{"a":0,"cookie":{},"b":3}`},
		{"escaped name is the same", `{"cookie":{},"\u0061":1}`, "a", `{"cookie":{},"\u0061":0}`},
		{"name that needs escapes", `{"cookie":{}}`, "\"\\\n\x00é\u2028", `{"cookie":{},"\"\\\n\u0000é` + "\u2028" + `":0}`},
		{"empty name", `{"cookie":{}}`, "", `{"cookie":{},"":0}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := parsed(t, tt.before)
			d.set(tt.key, "0")
			if got := d.join(); got != tt.after {
				t.Errorf("got  %s\nwant %s", got, tt.after)
			}
		})
	}
}

func TestDocumentEncode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, cookie, reserved, want string
	}{
		{"both in their places", `{"sojourn":{},"a":1,"cookie":{},"b":2}`, "C", "R", `{"sojourn":R,"a":1,"cookie":C,"b":2}`},
		{"reserved is added at the end", `{"cookie":{},"a":1}`, "C", "R", `{"cookie":C,"a":1,"sojourn":R}`},
		{"reserved goes", `{"cookie":{},"sojourn":{},"a":1}`, "C", "", `{"cookie":C,"a":1}`},
		{"duplicates go", `{"cookie":1,"a":1,"\u0063ookie":2,"sojourn":1,"sojourn":2}`, "C", "R", `{"cookie":C,"a":1,"sojourn":R}`},
		{"nested ones are data", `{"cookie":{},"user":{"cookie":1,"sojourn":2}}`, "C", "", `{"cookie":C,"user":{"cookie":1,"sojourn":2}}`},
		{"other duplicates stay", `{"cookie":{},"a":1,"a":2}`, "C", "", `{"cookie":C,"a":1,"a":2}`},
		{"spelling stays", `{"cookie":{}, "\u0061" : [ 1 , "\ud800\/<" ] }`, "C", "", `{"cookie":C,"\u0061":[ 1 , "\ud800\/<" ]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := parsed(t, tt.text)
			if got := d.encoded(tt.cookie, tt.reserved); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestDocumentSameData(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want bool
	}{
		{`{}`, `{}`, true},
		{`{"cookie":1,"a":1}`, `{"a":1,"sojourn":2,"cookie":3}`, true},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, false}, // order counts, as in Express
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{"a":1}`, `{"a":1.0}`, false},
		{`{"a":{"cookie":1}}`, `{"a":{"cookie":2}}`, false},
		{`{"a":1}`, `{"A":1}`, false},
	}
	for _, tt := range tests {
		a, b := parsed(t, tt.a), parsed(t, tt.b)
		if a.sameData(&b) != tt.want || b.sameData(&a) != tt.want {
			t.Errorf("%s and %s: want %v", tt.a, tt.b, tt.want)
		}
	}
}

func TestDocumentSnapshot(t *testing.T) {
	t.Parallel()
	d := parsed(t, `{"cookie":{},"a":1}`)
	d.set("b", "2")
	s := d.snapshot()
	d.set("a", "0")
	d.delete("b")
	s.set("c", "3")
	if got, want := d.join(), `{"cookie":{},"a":0}`; got != want {
		t.Errorf("document is %s, want %s", got, want)
	}
	if got, want := s.join(), `{"cookie":{},"a":1,"b":2,"c":3}`; got != want {
		t.Errorf("snapshot is %s, want %s", got, want)
	}
	fresh := newDocument()
	if got := fresh.list(); len(got) != 1 || got[0] != (member{`"cookie"`, "null"}) {
		t.Errorf("a new document has %q", got)
	}
}

// model is an object as JavaScript keeps it: values by name, and the names in
// the order of their insertion.
type model struct {
	values map[string]string
	order  []string
}

func (m *model) set(name, value string) {
	if _, ok := m.values[name]; !ok {
		m.order = append(m.order, name)
	}
	m.values[name] = value
}

func (m *model) delete(name string) {
	delete(m.values, name)
	m.order = slices.DeleteFunc(m.order, func(s string) bool { return s == name })
}

func (m *model) names() []string {
	rank := func(name string) int {
		n, err := strconv.Atoi(name)
		if err != nil || strconv.Itoa(n) != name || n < 0 || n >= 1<<32-1 {
			return 1<<32 - 1
		}
		return n
	}
	names := slices.Clone(m.order)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return names
}

func (m *model) String() string {
	s := ""
	for _, name := range m.names() {
		s += fmt.Sprintf("%q:%s,", name, m.values[name])
	}
	return s
}

func FuzzDocument(f *testing.F) {
	names := []string{"a", "b", "c", "0", "1", "10", "2", "01", "4294967294", "4294967295", "-1", "é", `"\`, ""}
	f.Add([]byte{0, 1, 2, 3, 4, 5})
	f.Add([]byte("set, delete and clear"))
	f.Add([]byte{3, 6, 9, 12, 15, 18, 21, 255, 3})
	f.Fuzz(func(t *testing.T, steps []byte) {
		d := newDocument()
		want := &model{values: map[string]string{}}
		want.set(cookieMember, "null")
		kept, keptWant := d.snapshot(), want.String()
		for i, step := range steps {
			name := names[int(step/4)%len(names)]
			switch value := strconv.Itoa(i); {
			case step == 255:
				d.clear()
				*want = model{values: map[string]string{cookieMember: "null"}, order: []string{cookieMember}}
			case step%4 == 0:
				d.delete(name)
				want.delete(name)
			case step%4 == 1:
				kept, keptWant = d.snapshot(), want.String()
			default:
				d.set(name, value)
				want.set(name, value)
			}
			raw, ok := d.get(name)
			if v, has := want.values[name]; raw != v || ok != has {
				t.Fatalf("get(%q) = %s, %v; want %s, %v", name, raw, ok, v, has)
			}
		}
		for _, p := range []struct {
			d    document
			want string
		}{{d, want.String()}, {kept, keptWant}} {
			got := ""
			again := parsed(t, p.d.encoded("null", ""))
			for _, m := range again.list() {
				got += fmt.Sprintf("%q:%s,", m.name(), m.raw)
			}
			if got != p.want {
				t.Fatalf("got  %s\nwant %s", got, p.want)
			}
		}
	})
}
