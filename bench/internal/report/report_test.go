package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func section(name, text string) *Section {
	s := &Section{Name: name, Title: "Of " + name}
	s.Printf("%s\n", text)
	return s
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A run replaces what it measured and nothing else.
func TestWriteKeepsOtherSections(t *testing.T) {
	dir := t.TempDir()
	first := section("scale", "first scale")
	first.Add("scale-bytes", "bytes", "<svg/>")
	if err := Write(dir, "*one*", []*Section{first, section("in-process", "first in process"), section("later-idea", "idea")}); err != nil {
		t.Fatal(err)
	}
	before := read(t, dir, page)
	if err := Write(dir, "*two*", []*Section{section("in-process", "second in process")}); err != nil {
		t.Fatal(err)
	}
	after := read(t, dir, page)
	want := strings.Replace(before, "*one*\n\nfirst in process", "*two*\n\nsecond in process", 1)
	if after != want || after == before {
		t.Errorf("the page is\n%s\nwant\n%s", after, want)
	}
	for _, part := range []string{"*one*\n\nfirst scale", "![bytes](benchmarks/scale-bytes.svg)", "*one*\n\nidea"} {
		if !strings.Contains(after, part) {
			t.Errorf("%q is not there", part)
		}
	}
	if i, j, k := strings.Index(after, "Of in-process"), strings.Index(after, "Of scale"), strings.Index(after, "Of later-idea"); i > j || j > k {
		t.Errorf("the order is wrong: %d, %d, %d", i, j, k)
	}
	if got := read(t, dir, "benchmarks/scale-bytes.svg"); got != "<svg/>" {
		t.Errorf("the plot is %q", got)
	}
}

func TestNumber(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 1: "1", 0.5: "0.50", 0.04: "0.04", 0.012345: "0.012", 2.345: "2.35", 23.46: "23.5", 234.5: "234", 1234567: "1,234,567",
		-1000: "-1,000", 999.6: "1,000", math.Inf(1): "–", math.NaN(): "–",
	} {
		if got := Number(x); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	tab := Table{Head: []string{"a", "b", "c"}}
	tab.Row("1", "2", "3")
	if got, want := tab.String(), "| a | b | c |\n|---|---:|---:|\n| 1 | 2 | 3 |\n\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var targets Targets
	targets.Below("small", 2, 1)
	targets.Above("large", 2, 1)
	if got := targets.String(); !strings.Contains(got, "| small | ≤ 1 | 2 | **missed** |") || !strings.Contains(got, "| large | ≥ 1 | 2 | met |") {
		t.Error(got)
	}
}

func TestPlot(t *testing.T) {
	p := Plot{Title: "a < b", Unit: "µs", Series: []string{"x"}, Rows: []PlotRow{
		{Label: "one & only", Values: []float64{10}, Strong: true},
		{Label: "ten", Values: []float64{100}},
		{Label: "none", Values: []float64{0}},
	}}
	svg := p.SVG()
	// The axis goes from 10 to 100: one dot is at its beginning, one at its end.
	for _, want := range []string{`cx="150.0"`, `cx="670.0"`, "one &amp; only", "a &lt; b", ">10<", ">100<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	wellFormed(t, svg)
	p.Series = []string{"x", "y"}
	p.Rows[0].Values = []float64{10, 20}
	if svg = p.SVG(); strings.Count(svg, "<circle") != 2+3 {
		t.Errorf("no dot for each value:\n%s", svg)
	}
	wellFormed(t, svg)
	wellFormed(t, (&Plot{}).SVG())
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
	}
}
