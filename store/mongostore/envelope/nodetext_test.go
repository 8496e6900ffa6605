package envelope

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

func TestNodeText(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/text.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Bytes, Text string }
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 900 {
		t.Fatalf("there are only %d cases", len(cases))
	}
	for _, c := range cases {
		raw, err := hex.DecodeString(c.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(appendNodeText(nil, raw)); got != c.Text {
			t.Errorf("%s: %s, want %s", c.Bytes, got, c.Text)
		}
	}
}
