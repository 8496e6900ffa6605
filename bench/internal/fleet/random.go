package fleet

import "math"

// random is a generator of 64 bits of state (splitmix64). Each user has one, so
// that what one does hangs neither on the others nor on what servers do, and two
// runs with one seed see the same people.
type random uint64

func newRandom(seed, stream uint64) random {
	r := random(seed*0x9e3779b97f4a7c15 + stream)
	return random(r.next()) // neighbours are to have nothing in common
}

func (r *random) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// float returns a number of [0, 1).
func (r *random) float() float64 { return float64(r.next()>>11) / (1 << 53) }

// exponential returns a number of mean 1.
func (r *random) exponential() float64 { return -math.Log(1 - r.float()) }

// below returns a number of [0, n).
func (r *random) below(n int) int { return int(r.float() * float64(n)) }

// geometric returns 1 or more, of the given mean.
func (r *random) geometric(mean float64) int {
	if mean <= 1 {
		return 1
	}
	return 1 + int(math.Log(1-r.float())/math.Log(1-1/mean))
}
