package report

import (
	"fmt"
	"html"
	"strings"
)

// canvas is an SVG that is being drawn.
type canvas struct{ strings.Builder }

// newCanvas begins an SVG with its title.
func newCanvas(width, height int, title string) *canvas {
	c := new(canvas)
	c.put(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" role="img">`,
		width, height, width, height)
	c.put(`<title>%s</title>`, html.EscapeString(title))
	c.put(`<rect width="100%%" height="100%%" fill="#ffffff"/>`)
	c.text(12, 22, "start", ` font-weight="bold" fill="#222222"`, title)
	return c
}

// put adds a line of elements.
func (c *canvas) put(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

// text adds text, with more attributes than those of its place.
func (c *canvas) text(x, y float64, anchor, more, s string) {
	c.put(`<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>`, x, y, anchor, more, html.EscapeString(s))
}

// end ends the SVG and returns it.
func (c *canvas) end() string {
	c.put("</svg>")
	return c.String()
}
