package measure

import "slices"

// Spread sums up what several rounds measured.
type Spread struct {
	// Median, Min and Max are those of the rounds.
	Median, Min, Max float64
}

// Sum sums up values, of which there is at least one.
func Sum(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return Spread{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Min: sorted[0], Max: sorted[n-1]}
}

// Ratio sums up a divided by b, round by round: both were measured one soon
// after the other in each.
func Ratio(a, b []float64) Spread {
	ratios := make([]float64, min(len(a), len(b)))
	for i := range ratios {
		ratios[i] = a[i] / b[i]
	}
	return Sum(ratios)
}
