package fleet

import "math"

// Histogram counts durations, in seconds, in classes of which each power of two
// has sixteen.
type Histogram struct {
	counts [classes]float64
	total  float64
	max    float64
}

const (
	// A class is what the upper bits of a float64 say: its exponent and four
	// bits of its mantissa.
	lower   = 48
	lowest  = (1023 - 27) << 4 // 2^-27 seconds, which is 7 ns
	classes = 38 << 4          // up to 2,048 seconds
)

// Add counts a duration, weight times.
func (h *Histogram) Add(seconds, weight float64) {
	class := int(math.Float64bits(seconds)>>lower) - lowest
	h.counts[min(max(class, 0), classes-1)] += weight
	h.total += weight
	h.max = max(h.max, seconds)
}

// Merge counts what the other has counted, weight times.
func (h *Histogram) Merge(other *Histogram, weight float64) {
	if other.total == 0 {
		return
	}
	for i, n := range other.counts {
		h.counts[i] += n * weight
	}
	h.total += other.total * weight
	h.max = max(h.max, other.max)
}

// Count returns how many there are, by their weights.
func (h *Histogram) Count() float64 { return h.total }

// Max returns the longest duration.
func (h *Histogram) Max() float64 { return h.max }

// Quantile returns the duration, in seconds, below which the share q of all is,
// and 0 if there are none.
func (h *Histogram) Quantile(q float64) float64 {
	if h.total == 0 {
		return 0
	}
	left := q * h.total
	for i, n := range h.counts {
		if left -= n; left <= 0 && n > 0 {
			middle := math.Float64frombits(uint64(i+lowest)<<lower | 1<<(lower-1))
			return min(middle, h.max)
		}
	}
	return h.max
}
