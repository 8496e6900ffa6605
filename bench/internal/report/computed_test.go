package report

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCompute(t *testing.T) {
	const before = "# Title\n\n<!-- computed a -->\nold\n<!-- end of a -->\n\nBy hand.\n\n<!-- computed b-1 -->\n<!-- end of b-1 -->\n"
	const after = "# Title\n\n<!-- computed a -->\n\nnew $1\n\n<!-- end of a -->\n\nBy hand.\n\n<!-- computed b-1 -->\n\nother\n\n<!-- end of b-1 -->\n"
	file := filepath.Join(t.TempDir(), "page.md")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	is := func(want string) {
		t.Helper()
		got, err := os.ReadFile(file)
		if err != nil || string(got) != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	parts := map[string]string{"a": "new $1\n", "b-1": "other"}
	write(before)
	for range 2 { // a second time changes nothing
		if err := Compute(file, parts); err != nil {
			t.Fatal(err)
		}
		is(after)
	}
	for name, wrong := range map[string]map[string]string{
		"a part that is not computed": {"a": "new"},
		"a part without a place":      {"a": "new", "b-1": "other", "c": "third"},
	} {
		if err := Compute(file, wrong); err == nil {
			t.Errorf("%s: no error", name)
		}
		is(after)
	}
	write(before + before)
	if err := Compute(file, parts); err == nil {
		t.Error("a part that is there twice: no error")
	}
	is(before + before)
}
