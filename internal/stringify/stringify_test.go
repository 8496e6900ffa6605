package stringify_test

import (
	"math"
	"testing"

	"github.com/sojourn-dev/sojourn/internal/stringify"
)

// What Node 20 makes of the same values.
func TestValue(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		`"<a href='x'>&amp;</a>"`:            "<a href='x'>&amp;</a>",
		"\"\u2028\u2029\"":                   "\u2028\u2029",
		`"\\u2028"`:                          `\u2028`,
		`"\u0000\b\t\n\f\r\u001f` + "\x7f\"": "\x00\b\t\n\f\r\x1f\x7f",
		`{"a":[1,1e+21,1e-7,0.1],"b":null}`:  map[string]any{"a": []float64{1, 1e21, 1e-7, 0.1}, "b": nil},
	} {
		if got, err := stringify.Value(v); got != want || err != nil {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	if got, err := stringify.Value(math.NaN()); err == nil {
		t.Errorf("NaN: %s", got)
	}
}
