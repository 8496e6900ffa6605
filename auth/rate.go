package auth

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate says how fast something may be repeated: Free times as fast as one
// likes, and then with growing waits in between. The zero value of a field is
// its default, which is given where the rate is used.
//
// While nothing is added to what has been counted, it is forgotten at the pace
// of one each MaxWait; so in the long run nothing is repeated more often.
type Rate struct {
	// Free is how many there may be before the next one has to wait: 5 means
	// that the sixth try waits. Unlimited, or any negative number, switches
	// the limit off. It is at most 1000.
	Free int
	// Wait is the first wait. Each further one is twice as long.
	Wait time.Duration
	// MaxWait is the longest wait.
	MaxWait time.Duration
}

// Unlimited is the [Rate] Free of no limit, for load tests.
const Unlimited = -1

const maxFree = 1000

// unlimited reports whether the rate limits nothing.
func (r Rate) unlimited() bool { return r.Free < 0 }

// or returns the rate with its zero fields taken from d.
func (r Rate) or(d Rate) Rate {
	if r.Free == 0 {
		r.Free = d.Free
	}
	if r.Wait == 0 {
		r.Wait = d.Wait
		if r.MaxWait > 0 {
			r.Wait = min(r.Wait, r.MaxWait)
		}
	}
	if r.MaxWait == 0 {
		r.MaxWait = max(d.MaxWait, r.Wait)
	}
	return r
}

// wait returns how long to wait after n.
func (r Rate) wait(n int) time.Duration {
	if n < r.Free {
		return 0
	}
	wait := r.Wait
	for range n - r.Free {
		if wait > r.MaxWait/2 {
			return r.MaxWait
		}
		wait *= 2
	}
	return wait
}

// most returns how many are counted: with any more the wait would be the same.
func (r Rate) most() int {
	n := r.Free
	for r.wait(n) < r.MaxWait {
		n++
	}
	return n
}

var errRate = errors.New(`not a rate: want FREE, FREE,WAIT or FREE,WAIT,MAXWAIT like "5,1s,15m", or "off"`)

func (r Rate) check() error {
	switch {
	case r.unlimited():
		return nil
	case r.Free > maxFree:
		return fmt.Errorf("free is more than %d", maxFree)
	case r.Wait < 0 || r.MaxWait < 0:
		return errors.New("a wait is negative")
	case r.Wait > 0 && r.MaxWait > 0 && r.Wait > r.MaxWait:
		return errors.New("the first wait is longer than the longest")
	}
	return nil
}

// MarshalText writes the rate as [Rate.UnmarshalText] reads it, fields at their
// default left out.
func (r Rate) MarshalText() ([]byte, error) {
	if r.unlimited() {
		return []byte("off"), nil
	}
	text := strconv.Itoa(r.Free)
	if r.Wait != 0 || r.MaxWait != 0 {
		text += "," + r.Wait.String()
	}
	if r.MaxWait != 0 {
		text += "," + r.MaxWait.String()
	}
	return []byte(text), nil
}

// UnmarshalText reads "off", which is Unlimited, or up to three fields like
// "5,1s,15m": Free, Wait and MaxWait. What is left out, empty or 0 keeps its
// default. It makes a *Rate a value for [flag.TextVar].
func (r *Rate) UnmarshalText(text []byte) error {
	if string(text) == "off" {
		*r = Rate{Free: Unlimited}
		return nil
	}
	var read Rate
	free, waits, _ := strings.Cut(string(text), ",")
	first, longest, more := strings.Cut(waits, ",")
	if free == "" && waits == "" || more && longest == "" {
		return errRate
	}
	if free != "" {
		n, err := strconv.ParseUint(free, 10, 31)
		if err != nil {
			return errRate
		}
		read.Free = int(n)
	}
	if err := parseWait(first, &read.Wait); err != nil {
		return err
	}
	if err := parseWait(longest, &read.MaxWait); err != nil {
		return err
	}
	if err := read.check(); err != nil {
		return fmt.Errorf("not a rate: %w", err)
	}
	*r = read
	return nil
}

func parseWait(text string, d *time.Duration) (err error) {
	if text == "" {
		return nil
	}
	if *d, err = time.ParseDuration(text); err != nil {
		return errRate
	}
	return nil
}
