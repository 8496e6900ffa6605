package report

import (
	"fmt"
	"math"
	"strings"
)

// TimePlot is a chart of lines over the hours of a day.
type TimePlot struct {
	// Title stands above, Unit beside the axis.
	Title, Unit string
	// Logarithmic is for what differs by orders of magnitude. The axis of
	// others begins at zero.
	Logarithmic bool
	// Series are the lines.
	Series []TimeSeries
	// Marks are instants that the eye is led to.
	Marks []TimeMark
}

// TimeSeries is one line.
type TimeSeries struct {
	// Name stands in the legend.
	Name string
	// Values are from midnight to midnight, at equal distances. Where one is
	// not a number, or not above 0 on a logarithmic axis, the line is
	// interrupted.
	Values []float64
}

// TimeMark is an instant.
type TimeMark struct {
	// Hour is when, after midnight.
	Hour float64
	// Label names it.
	Label string
}

const (
	timeWidth  = 760
	timeHeight = 320
	timeLeft   = 84
	timeRight  = 20
	timeTop    = 72
	timeBottom = 40
)

// SVG draws the plot.
func (p *TimePlot) SVG() string {
	ticks := p.ticks()
	low, high := ticks[0], ticks[len(ticks)-1]
	x := func(hour float64) float64 { return timeLeft + (timeWidth-timeLeft-timeRight)*hour/24 }
	y := func(v float64) float64 {
		part := (v - low) / (high - low)
		if p.Logarithmic {
			part = math.Log(v/low) / math.Log(high/low)
		}
		return timeHeight - timeBottom - (timeHeight-timeTop-timeBottom)*part
	}
	c := newCanvas(timeWidth, timeHeight, p.Title)
	c.text(timeWidth-timeRight, 22, "end", ` fill="#555555"`, p.Unit)
	for _, v := range ticks {
		c.put(`<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#dddddd"/>`, timeLeft, y(v), timeWidth-timeRight, y(v))
		c.text(timeLeft-8, y(v)+4, "end", ` fill="#555555"`, Number(v))
	}
	for hour := 0.0; hour <= 24; hour += 3 {
		c.text(x(hour), timeHeight-timeBottom+18, "middle", ` fill="#555555"`, fmt.Sprintf("%02.0f:00", hour))
	}
	for _, m := range p.Marks {
		c.put(`<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#999999" stroke-dasharray="3 3"/>`, x(m.Hour), timeTop, x(m.Hour), timeHeight-timeBottom)
		c.text(x(m.Hour), timeTop-6, "middle", ` fill="#777777" font-size="11"`, m.Label)
	}
	at := float64(timeLeft)
	for i, s := range p.Series {
		color := lineColors[i%len(lineColors)]
		c.put(`<line x1="%.1f" y1="40" x2="%.1f" y2="40" stroke="%s" stroke-width="3"/>`, at, at+14, color)
		c.text(at+20, 44, "start", ` fill="#222222"`, s.Name)
		at += 44 + 7*float64(len([]rune(s.Name)))
		for _, points := range p.lines(s, x, y) {
			width := 1.5
			if first, rest, _ := strings.Cut(points, " "); first == rest { // a dot
				width = 5
			}
			c.put(`<polyline points="%s" fill="none" stroke="%s" stroke-width="%v" stroke-linejoin="round" stroke-linecap="round"/>`, points, color, width)
		}
	}
	return c.end()
}

var lineColors = []string{"#2f6f9f", "#d08a1d", "#b23a48", "#5b8c5a", "#7d5ba6", "#444444"}

// lines returns the points of a series, those of each stretch that has values.
func (p *TimePlot) lines(s TimeSeries, x, y func(float64) float64) (all []string) {
	var points []string
	end := func() {
		if len(points) == 1 { // a point is a line, too
			points = append(points, points[0])
		}
		if len(points) > 0 {
			all = append(all, strings.Join(points, " "))
		}
		points = nil
	}
	for i, v := range s.Values {
		if !p.drawn(v) {
			end()
			continue
		}
		hour := (float64(i) + 0.5) * 24 / float64(len(s.Values))
		points = append(points, fmt.Sprintf("%.1f,%.1f", x(hour), y(v)))
	}
	end()
	return all
}

func (p *TimePlot) drawn(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0) && (v > 0 || !p.Logarithmic && v == 0)
}

// ticks returns what the axis is labelled with, the first and the last at its
// ends.
func (p *TimePlot) ticks() (ticks []float64) {
	low, high := math.Inf(1), 0.0
	for _, s := range p.Series {
		for _, v := range s.Values {
			if p.drawn(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if high == 0 {
		return []float64{0.1, 1}
	}
	if p.Logarithmic {
		from, to := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
		for e := from; e <= max(to, from+1); e++ {
			ticks = append(ticks, math.Pow(10, e))
		}
		return ticks
	}
	step := math.Pow(10, math.Floor(math.Log10(high)))
	for high/step < 3 {
		step /= 2
	}
	for i := 0.0; ; i++ {
		ticks = append(ticks, i*step)
		if i*step >= high {
			return ticks
		}
	}
}
