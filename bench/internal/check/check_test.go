package check

import (
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestCompare(t *testing.T) {
	got := Compare("x", map[string]float64{"same": 10, "worse": 10, "bad": 10, "better": 10, "gone": 1}, map[string]float64{"same": 10, "worse": 12, "bad": 12.1, "better": 1, "new": 3})
	want := []string{
		"x: gone: recorded, but not measured any more",
		"x: bad: 12.1, recorded 10",
		"x: new: 3, and nothing is recorded to compare it with",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestReadWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "recorded.json")
	if got, err := Read(file); err != nil || got.Allocations != nil || got.Ratios != nil {
		t.Errorf("of no file: %v, %v", got, err)
	}
	want := Costs{Allocations: map[string]float64{"a": 1}, Ratios: map[string]float64{"b": 2.5}}
	if err := want.Write(file); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(file); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

func TestRatios(t *testing.T) {
	ratios, err := Ratios(3, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if len(ratios) != 5 {
		t.Errorf("%v", ratios)
	}
	for name, ratio := range ratios {
		if ratio <= 0 {
			t.Errorf("%s: %v", name, ratio)
		}
	}
}
