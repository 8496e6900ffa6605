package fleet

import (
	"math"
	"sort"
	"time"
)

const day = 24 * time.Hour

// hours is how much of a day's visits begin around each full hour, before they
// are brought to a sum of one.
var hours = [24]float64{
	0.50, 0.32, 0.22, 0.18, 0.18, 0.25, 0.45, 0.80, 1.10, 1.25, 1.30, 1.30,
	1.35, 1.30, 1.25, 1.20, 1.20, 1.25, 1.35, 1.50, 1.60, 1.55, 1.25, 0.85,
}

// curve says when visits begin, over the day.
type curve struct {
	// before[m] is the share of visits before minute m of the day.
	before [minutes + 1]float64
	// whole is that of the whole day: above 1 if there is a peak.
	whole float64
}

const minutes = 24 * 60

func newCurve(p Peak) *curve {
	rate := func(minute int) float64 {
		at := float64(minute) / 60
		from := int(at)
		part := at - float64(from)
		return hours[from%24]*(1-part) + hours[(from+1)%24]*part
	}
	sum := 0.0
	for m := range minutes {
		sum += rate(m)
	}
	c := new(curve)
	for m := range minutes {
		share := rate(m) / sum
		if at := time.Duration(m) * time.Minute; p.Factor > 0 && at >= p.At && at < p.At+p.For {
			share *= p.Factor
		}
		c.before[m+1] = c.before[m] + share
	}
	c.whole = c.before[minutes]
	return c
}

// next returns when the next visit of somebody begins who was there at t and
// makes so many visits a day: the first instant of a Poisson process that
// follows the curve. exponential is a random number of mean 1.
func (c *curve) next(t Instant, perDay, exponential float64) Instant {
	const ms = Instant(time.Minute / time.Millisecond)
	days, rest := t/(minutes*ms), t%(minutes*ms)
	m, part := int(rest/ms), float64(rest%ms)/float64(ms)
	target := c.before[m] + part*(c.before[m+1]-c.before[m]) + exponential/perDay
	whole := math.Floor(target / c.whole)
	target -= whole * c.whole
	m = max(sort.Search(minutes, func(m int) bool { return c.before[m+1] > target }), 0)
	m = min(m, minutes-1)
	part = (target - c.before[m]) / (c.before[m+1] - c.before[m])
	at := (days+Instant(whole))*minutes*ms + Instant(m)*ms + Instant(part*float64(ms))
	return max(at, t+1)
}
