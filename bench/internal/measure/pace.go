package measure

import (
	"slices"
	"time"
)

// Delays are quantiles of how long requests took, in microseconds.
type Delays struct {
	// P50, P99 and P999 are the median and the 99th and 99.9th percentile.
	P50, P99, P999 float64
	// Max is the longest.
	Max float64
	// Requests is how many were sent.
	Requests int
}

// Paced sends a request each interval for d, and returns how long they took
// since the instant at which each was due: if one is held up, those behind it
// are as well, as they are at a server. It waits for these instants without
// giving its processor away.
func Paced(interval, d time.Duration, send func()) Delays {
	took := make([]time.Duration, 0, int(d/interval)+1)
	due := time.Now().Add(interval)
	for end := due.Add(d); due.Before(end); due = due.Add(interval) {
		for time.Until(due) > 0 {
		}
		send()
		took = append(took, time.Since(due))
	}
	return quantiles(took)
}

func quantiles(took []time.Duration) Delays {
	if len(took) == 0 {
		return Delays{}
	}
	slices.Sort(took)
	micros := func(d time.Duration) float64 { return float64(d) / 1e3 }
	at := func(per1000 int) float64 { return micros(took[min(len(took)*per1000/1000, len(took)-1)]) }
	return Delays{P50: at(500), P99: at(990), P999: at(999), Max: micros(took[len(took)-1]), Requests: len(took)}
}
