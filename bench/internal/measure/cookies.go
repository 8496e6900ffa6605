package measure

import "unsafe"

// Cookies holds the cookies of many sessions, without a pointer for each that
// the garbage collector of the application would have to follow.
type Cookies struct {
	text []byte
	ends []uint32
}

// NewCookies returns a list that takes n cookies of up to size bytes without
// growing.
func NewCookies(n, size int) *Cookies {
	return &Cookies{text: make([]byte, 0, n*size), ends: make([]uint32, 0, n)}
}

// Add adds a cookie.
func (c *Cookies) Add(cookie string) {
	c.text = append(c.text, cookie...)
	c.ends = append(c.ends, uint32(len(c.text)))
}

// Len is how many there are.
func (c *Cookies) Len() int { return len(c.ends) }

// At returns a cookie, without copying it: what was added is never changed.
func (c *Cookies) At(i int) string {
	start := uint32(0)
	if i > 0 {
		start = c.ends[i-1]
	}
	b := c.text[start:c.ends[i]]
	return unsafe.String(unsafe.SliceData(b), len(b))
}
