package report

import (
	"math"
	"strings"
	"testing"
)

func TestTimePlot(t *testing.T) {
	p := TimePlot{
		Title: "a < b", Unit: "ms", Marks: []TimeMark{{12, "noon & after"}},
		Series: []TimeSeries{{"one", []float64{0, 50, 100}}, {"two", []float64{10, math.NaN(), 20}}},
	}
	svg := p.SVG()
	// The axis goes from 0 to 100, the day from 84 to 740.
	for _, want := range []string{`points="193.3,280.0 412.0,176.0 630.7,72.0"`, "a &lt; b", "noon &amp; after", ">100<", ">12:00<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	if n := strings.Count(svg, "<polyline"); n != 3 {
		t.Errorf("%d lines; one of two is interrupted", n)
	}
	wellFormed(t, svg)
	p.Logarithmic = true
	svg = p.SVG()
	wellFormed(t, svg)
	// From 10 to 100; nothing is drawn of zero.
	if n := strings.Count(svg, "<polyline"); n != 3 || !strings.Contains(svg, "630.7,72.0") {
		t.Errorf("%d lines in\n%s", n, svg)
	}
	wellFormed(t, (&TimePlot{}).SVG())
	wellFormed(t, (&TimePlot{Logarithmic: true, Series: []TimeSeries{{"same", []float64{10, 10}}}}).SVG())
}
