package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestScanObject(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []member
	}{
		{"empty", `{}`, nil},
		{"empty with space", " \t\r\n{ \t\r\n} \t\r\n", nil},
		{"scalars", `{"a":null,"b":true,"c":false,"d":-0,"e":1e400,"f":"x"}`, []member{
			{`"a"`, `null`}, {`"b"`, `true`}, {`"c"`, `false`}, {`"d"`, `-0`}, {`"e"`, `1e400`}, {`"f"`, `"x"`},
		}},
		{"space around values goes", `{ "a" : 1 , "b" : [ 1 , 2 ] }`, []member{{`"a"`, `1`}, {`"b"`, `[ 1 , 2 ]`}}},
		{"duplicates stay", `{"a":1,"a":2}`, []member{{`"a"`, `1`}, {`"a"`, `2`}}},
		{"escapes stay", `{"\u0063ookie":"\ud800\/"}`, []member{{`"\u0063ookie"`, `"\ud800\/"`}}},
		{"raw separators", "{\"<>&\":\"\u2028\u2029\"}", []member{{`"<>&"`, "\"\u2028\u2029\""}}},
		{"integers beyond 2^53", `{"n":9007199254740993}`, []member{{`"n"`, `9007199254740993`}}},
		{"numbers", `{"n":[0,-1,0.5,1E5,1e+5,1.25e-5]}`, []member{{`"n"`, `[0,-1,0.5,1E5,1e+5,1.25e-5]`}}},
		{"nested", `{"o":{"p":{"q":[{}]},"cookie":1}}`, []member{{`"o"`, `{"p":{"q":[{}]},"cookie":1}`}}},
		{"empty name", `{"":{}}`, []member{{`""`, `{}`}}},
		{"invalid UTF-8", "{\"\xff\":\"\xff\"}", []member{{"\"\xff\"", "\"\xff\""}}},
		{"a megabyte", `{"big":"` + strings.Repeat("x", 1<<20) + `"}`, []member{{`"big"`, `"` + strings.Repeat("x", 1<<20) + `"`}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := scanned(tt.text)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("scanObject = %.200q, %v; want %.200q", got, err, tt.want)
			}
		})
	}
}

func TestScanObjectRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"": errNotObject, " ": errNotObject, "null": errNotObject, "5": errNotObject, `"{}"`: errNotObject,
		"[]": errNotObject, "\ufeff{}": errNotObject, "\v{}": errNotObject, "\u00a0{}": errNotObject,
		"{": errNotJSON, "{}x": errNotJSON, "{}{}": errNotJSON, "{,}": errNotJSON, `{"a"}`: errNotJSON,
		`{"a":}`: errNotJSON, `{"a":1,}`: errNotJSON, `{"a":1 "b":2}`: errNotJSON, `{a:1}`: errNotJSON, `{'a':1}`: errNotJSON,
		`{"a":01}`: errNotJSON, `{"a":+1}`: errNotJSON, `{"a":.5}`: errNotJSON, `{"a":1.}`: errNotJSON, `{"a":1e}`: errNotJSON,
		`{"a":-}`: errNotJSON, `{"a":0x1}`: errNotJSON, `{"a":NaN}`: errNotJSON, `{"a":Infinity}`: errNotJSON,
		`{"a":undefined}`: errNotJSON, `{"a":nul}`: errNotJSON, `{"a":True}`: errNotJSON, `{"a":truefalse}`: errNotJSON,
		`{"a":"`: errNotJSON, `{"a":"\`: errNotJSON, `{"a":"\u12`: errNotJSON, `{"a":"\u12g4"}`: errNotJSON,
		`{"a":"\x41"}`: errNotJSON, "{\"a\":\"\n\"}": errNotJSON, "{\"a\":\"\x00\"}": errNotJSON,
		`{"a":[1,]}`: errNotJSON, `{"a":[1}`: errNotJSON, `{"a":[}`: errNotJSON, `{"a":{"b"}}`: errNotJSON,
		`{"a":{"b":1,}}`: errNotJSON, `{"a":{"b" 1}}`: errNotJSON, `{"a":1]`: errNotJSON, `{"a":1/**/}`: errNotJSON,
	} {
		if _, err := scanObject(nil, text); !errors.Is(err, want) {
			t.Errorf("scanObject(%q): %v, want %v", text, err, want)
		}
	}
}

// nested returns an object that is depth deep in all, with core innermost.
func nested(depth int, core string) string {
	return `{"a":` + strings.Repeat("[", depth-1) + core + strings.Repeat("]", depth-1) + `}`
}

func TestScanObjectDepth(t *testing.T) {
	t.Parallel()
	for _, core := range []string{"", "1", `""`, "{}"} {
		for depth := maxDepth - 2; depth <= maxDepth+2; depth++ {
			text := nested(depth, core)
			if _, err := scanObject(nil, text); (err == nil) != json.Valid([]byte(text)) {
				t.Errorf("depth %d around %q: %v, but json.Valid says %v", depth, core, err, err != nil)
			}
		}
	}
}

func TestMemberName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		key, name string
		is        bool
	}{
		{`"cookie"`, "cookie", true},
		{`"\u0063ookie"`, "cookie", true},
		{`"cooki\u0065"`, "cookie", true},
		{`"Cookie"`, "cookie", false},
		{`"cookie "`, "cookie", false},
		{`"a\/b"`, "a/b", true},
		{`"\\n"`, `\n`, true},
		{`"\n"`, `\n`, false},
		{`"\n"`, "\n", true},
		{`"\ud83d\ude00"`, "😀", true},
		{`"\ud800"`, "\ufffd", true},
		{`""`, "", true},
	}
	for _, tt := range tests {
		m := member{key: tt.key}
		if got := m.is(tt.name); got != tt.is {
			t.Errorf("%s is %q: %v", tt.key, tt.name, got)
		}
		if got := m.name() == tt.name; got != tt.is {
			t.Errorf("name of %s is %q, but is(%q) %v", tt.key, m.name(), tt.name, tt.is)
		}
	}
}

// FuzzScanObject holds the scanner against encoding/json: they accept the same
// texts, malformed UTF-8 included, and what the scanner returns is all there
// was. They differ in one thing: the name of a
// member without escapes keeps malformed UTF-8.
func FuzzScanObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { "a" : [ 1 , { } ] } `, `{"cookie":{"originalMaxAge":null},"views":1}`, // records
		`{"a":1,"a":2}`, `{"\u0063ookie":{}}`, `{"\ud800":"\udc00\ud83d\ude00"}`, // names and strings
		"{\"\\u0063\xff\xff\xff\":1}",                                                 // shorter than its name with escapes and UTF-8 resolved
		`{"n":[-0,1e400,9007199254740993,0.1E-7]}`, `{"n":01}`, `{"n":1.}`, `{"n":-}`, // numbers
		`null`, `[]`, `{"a"`, `{"a":tru`, "\ufeff{}", "{\"a\":\"\x01\"}", "{\"\xff\":\"\xff\"}", `{"a":1}}`, // refused, mostly
		`{"a":[[[[[[[[{"b":{"c":{}}}]]]]]]]]}`, nested(maxDepth+1, ""), // depth
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		members, err := scanned(text)
		object := json.Valid([]byte(text)) && strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{")
		if object != (err == nil) {
			t.Fatalf("scanObject(%.300q): %v, but encoding/json finds an object: %v", text, err, object)
		}
		if err != nil {
			return
		}
		again := (&document{edited: &memberList{members: members}}).join()
		if !reflect.DeepEqual(decoded(t, text), decoded(t, again)) {
			t.Fatalf("%.300q became %.300q", text, again)
		}
		for _, m := range members {
			if !m.is(m.name()) {
				t.Fatalf("%s is not its own name %q", m.key, m.name())
			}
		}
	})
}

// scanned returns the members of an object.
func scanned(text string) ([]member, error) {
	spans, err := scanObject(nil, text)
	return (&document{text: text, spans: spans}).list(), err
}

// list returns the members of the document.
func (d *document) list() (members []member) {
	for i := range d.len() {
		members = append(members, d.at(i))
	}
	return members
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%.300q: %v", text, err)
	}
	return v
}
