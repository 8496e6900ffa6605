package main

import (
	"math"
	"strconv"

	"github.com/sojourn-dev/sojourn/bench/internal/report"
)

// rough writes two digits of a number, as simulated figures are no better.
func rough(x float64) string {
	if math.Abs(x) < 99.5 {
		return strconv.FormatFloat(x, 'g', 2, 64)
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(x)))-1)
	return report.Number(math.Round(x/unit) * unit)
}

// length writes a duration that is given in seconds.
func length(seconds float64) string {
	switch {
	case seconds >= 1:
		return rough(seconds) + " s"
	case seconds >= 1e-3:
		return rough(seconds*1e3) + " ms"
	default:
		return rough(seconds*1e6) + " µs"
	}
}

// bytesOf writes a number of bytes in the unit that suits it.
func bytesOf(x float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e15, "PB"}, {1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}} {
		if x >= unit.size {
			return rough(x/unit.size) + " " + unit.name
		}
	}
	return rough(x/1e3) + " kB"
}
