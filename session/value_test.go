package session

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type (
	named   string
	wrapped struct {
		S string `json:"s"`
	}
)

// What JSON.stringify makes of the same values, found with Node 20.
func TestEncodeValue(t *testing.T) {
	t.Parallel()
	all := "\x00\x01\b\t\n\v\f\r\x1f \"\\/<>&'\x7fé\u2028\u2029\ufffd\uffff😀"
	spelled := `"\u0000\u0001\b\t\n\u000b\f\r\u001f \"\\/<>&'` + "\x7fé\u2028\u2029\ufffd\uffff😀" + `"`
	tests := []struct {
		name   string
		encode func() (string, error)
		want   string
	}{
		{"string", encoding(all), spelled},
		{"named string", encoding(named(all)), spelled},
		{"string in a struct", encoding(wrapped{all}), `{"s":` + spelled + `}`},
		{"string in an interface", encoding[any](all), spelled},
		{"key of a map", encoding(map[string]int{all: 1}), `{` + spelled + `:1}`},
		{"backslash before u2028", encoding(named(`\u2028`)), `"\\u2028"`},
		{"two backslashes before a separator", encoding(named("\\\\\u2028")), `"\\\\` + "\u2028\""},
		{"empty string", encoding(""), `""`},
		{"malformed UTF-8", encoding("a\xff\xfeb"), `"a\ufffd\ufffdb"`},
		{"int", encoding(-5), `-5`},
		{"int64", encoding[int64](math.MinInt64), `-9223372036854775808`},
		{"uint64", encoding[uint64](math.MaxUint64), `18446744073709551615`},
		{"bool", encoding(true), `true`},
		{"nil pointer", encoding[*int](nil), `null`},
		{"nil slice", encoding[[]int](nil), `null`},
		{"empty slice", encoding([]int{}), `[]`},
		{"large float", encoding(1e21), `1e+21`},
		{"below the exponent", encoding(1e20), `100000000000000000000`},
		{"small float", encoding(1e-7), `1e-7`},
		{"float", encoding(0.1), `0.1`},
		{"time", encoding(time.Date(2026, 11, 21, 4, 15, 48, 784e6, time.UTC)), `"2026-11-21T04:15:48.784Z"`},
		{"raw", encoding(json.RawMessage(`{"a": "<\u2028>"}`)), `{"a":"<` + "\u2028" + `>"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := tt.encode(); err != nil || got != tt.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func encoding[T any](v T) func() (string, error) {
	return func() (string, error) { return encodeValue(v) }
}

func TestEncodeValueRefuses(t *testing.T) {
	t.Parallel()
	type loop struct{ Next *loop }
	l := &loop{}
	l.Next = l
	for name, encode := range map[string]func() (string, error){
		"channel":        encoding(make(chan int)),
		"function":       encoding(func() {}),
		"NaN":            encoding(math.NaN()),
		"infinity":       encoding(math.Inf(1)),
		"complex number": encoding(1i),
		"loop":           encoding(l),
		"bad raw":        encoding(json.RawMessage(`{"a"`)),
		"empty raw":      encoding(json.RawMessage{}),
		"any":            encoding[any](make(chan int)),
		// It would fit into JSON, but not into a record that can be read again.
		"deep raw": encoding(json.RawMessage(strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth))),
		"deep any": encoding(deep(maxDepth)),
	} {
		if got, err := encode(); err == nil {
			t.Errorf("%s: encoded to %.50s", name, got)
		}
	}
	if got, err := encodeValue(deep(maxDepth - 1)); err != nil {
		t.Errorf("the deepest value: %v", err)
	} else if _, err := scanObject(nil, `{"a":`+got+`}`); err != nil {
		t.Errorf("the deepest value in a record: %v", err)
	}
}

func deep(depth int) any {
	v := any([]any{})
	for range depth - 1 {
		v = []any{v}
	}
	return v
}

func TestDecodeValue(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]any{
		`"plain"`:             "plain",
		`"\u0063af\u00e9 é"`:  "café é",
		`"\ud800"`:            "\ufffd",
		`"\ud83d\ude00"`:      "😀",
		`""`:                  "",
		`0`:                   0,
		`-0`:                  0,
		`9223372036854775807`: math.MaxInt,
		`9007199254740993`:    int64(9007199254740993),
		`true`:                true,
		`false`:               false,
		`1e3`:                 1e3,
		`255`:                 uint8(255),
	} {
		var got any
		var err error
		switch want.(type) {
		case string:
			got, err = decodeValue[string]("k", raw)
		case int:
			got, err = decodeValue[int]("k", raw)
		case int64:
			got, err = decodeValue[int64]("k", raw)
		case bool:
			got, err = decodeValue[bool]("k", raw)
		case float64:
			got, err = decodeValue[float64]("k", raw)
		case uint8:
			got, err = decodeValue[uint8]("k", raw)
		}
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", raw, got, err, want)
		}
	}
}

// FuzzValue proves that the short way of encoding a string and the one through
// encoding/json agree with each other and with JSON.stringify, and that
// whatever was encoded comes back.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{
		"", "plain", `"\/`, "\b\f\n\r\t\v\x00\x1f\x7f", "<>&'", "\u2028\u2029", `\u2028`, "é€😀\uffff", "\xff\xed\xa0\x80", `\\u2028\u2029`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := encodeValue(s)
		if err != nil || !json.Valid([]byte(got)) {
			t.Fatalf("encodeValue(%q) = %q, %v", s, got, err)
		}
		if other, err := encodeValue(named(s)); err != nil || other != got {
			t.Fatalf("encodeValue(%q) = %s, but by way of encoding/json %s, %v", s, got, other, err)
		}
		if back, err := decodeValue[string]("k", got); err != nil || back != string([]rune(s)) {
			t.Fatalf("%q came back as %q, %v", s, back, err)
		}
		if utf8.ValidString(s) && got != stringified(s) {
			t.Fatalf("encodeValue(%q) = %s, want %s", s, got, stringified(s))
		}
	})
}

// stringified is ECMA-262, section 25.5.2.2, word by word.
func stringified(s string) string {
	short := map[rune]string{'\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`, '"': `\"`, '\\': `\\`}
	var b strings.Builder
	for _, c := range s {
		switch escape, ok := short[c]; {
		case ok:
			b.WriteString(escape)
		case c < ' ':
			b.WriteString(`\u00` + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
		default:
			b.WriteRune(c)
		}
	}
	return `"` + b.String() + `"`
}
