package report

import (
	"html"
	"math"
)

// Plot is a chart of dots with a row for each label and a logarithmic axis, for
// what differs by orders of magnitude. With one series dots have their value
// beside them, with several they have colors.
type Plot struct {
	// Title stands above, Unit below the axis.
	Title, Unit string
	// Series are the names of what each row has a value of.
	Series []string
	// Rows are drawn from top to bottom.
	Rows []PlotRow
}

// PlotRow is one row of a [Plot].
type PlotRow struct {
	// Label names it.
	Label string
	// Values are those of the series, in their order. What is not above 0 is
	// left out.
	Values []float64
	// Strong is set for the row that the eye is led to.
	Strong bool
}

const (
	plotWidth  = 760
	plotLeft   = 150
	plotRight  = 90
	plotTop    = 56
	plotRow    = 26
	plotBottom = 48
)

var colors = []string{"#2f6f9f", "#d08a1d", "#b23a48", "#5b8c5a"}

// SVG draws the plot.
func (p *Plot) SVG() string {
	low, high := p.bounds()
	height := plotTop + plotRow*len(p.Rows) + plotBottom
	axis := float64(plotWidth - plotLeft - plotRight)
	x := func(v float64) float64 {
		return plotLeft + axis*(math.Log10(v)-low)/(high-low)
	}
	c := newCanvas(plotWidth, height, p.Title)
	p.legend(c)

	bottom := float64(height - plotBottom)
	for e := low; e <= high; e++ {
		c.put(`<line x1="%.1f" y1="%d" x2="%.1f" y2="%.1f" stroke="#dddddd"/>`, x(math.Pow(10, e)), plotTop, x(math.Pow(10, e)), bottom)
		c.text(x(math.Pow(10, e)), bottom+18, "middle", ` fill="#555555"`, Number(math.Pow(10, e)))
	}
	c.text(plotLeft+axis/2, bottom+38, "middle", ` fill="#555555"`, p.Unit)

	for i, row := range p.Rows {
		p.row(row, float64(plotTop+plotRow*i), x, c)
	}
	return c.end()
}

func (p *Plot) row(row PlotRow, top float64, x func(float64) float64, c *canvas) {
	middle := top + plotRow/2
	weight := ""
	if row.Strong {
		weight = ` font-weight="bold"`
	}
	c.text(plotLeft-8, middle+4, "end", weight+` fill="#222222"`, row.Label)
	for i, v := range row.Values {
		if v <= 0 {
			continue
		}
		if len(p.Series) > 1 {
			c.put(`<circle cx="%.1f" cy="%.1f" r="5" fill="%s"><title>%s</title></circle>`,
				x(v), middle, colors[i%len(colors)], html.EscapeString(p.Series[i]+": "+Number(v)))
			continue
		}
		color := "#8aa3b5"
		if row.Strong {
			color = colors[0]
		}
		c.put(`<line x1="%d" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#eeeeee" stroke-width="2"/>`, plotLeft, middle, x(v), middle)
		c.put(`<circle cx="%.1f" cy="%.1f" r="6" fill="%s"/>`, x(v), middle, color)
		c.text(x(v)+11, middle+4, "start", weight+` fill="#222222"`, Number(v))
	}
}

func (p *Plot) legend(c *canvas) {
	if len(p.Series) < 2 {
		return
	}
	at := float64(plotLeft)
	for i, name := range p.Series {
		c.put(`<circle cx="%.1f" cy="40" r="5" fill="%s"/>`, at, colors[i%len(colors)])
		c.text(at+10, 44, "start", ` fill="#222222"`, name)
		at += 34 + 7.5*float64(len([]rune(name)))
	}
}

// bounds returns the powers of ten between which all values lie.
func (p *Plot) bounds() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, row := range p.Rows {
		for _, v := range row.Values {
			if v > 0 {
				low = min(low, math.Floor(math.Log10(v)))
				high = max(high, math.Ceil(math.Log10(v)))
			}
		}
	}
	if math.IsInf(low, 0) {
		low, high = 0, 1
	}
	if high == low {
		high++
	}
	return low, high
}
