package session

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
)

// verifiedCookies remembers cookies whose signature was found to be right. A page
// comes with its images, scripts and calls, all with one cookie, and to compute
// its signature costs a fifth of a request. It is no more than that: whether
// there is a session under the id, the store is asked each time.
//
// A cookie is remembered from its second time on, so that many sessions which
// come once each push nobody out and allocate nothing. Each has one place, that
// its hash says. The zero value is not ready to use; see newVerifiedCookies.
type verifiedCookies struct {
	seed   maphash.Seed
	places [verifiedPlaces]verifiedPlace
}

// verifiedPlaces bounds the memory that a manager takes for it: about 150 bytes
// each, and 600 with the longest ids and every character of them encoded.
const verifiedPlaces = 1024

type verifiedPlace struct {
	seen   atomic.Uint64 // hash of the cookie that was verified last
	cookie atomic.Pointer[verifiedCookie]
}

type verifiedCookie struct{ raw, id string }

func newVerifiedCookies() *verifiedCookies { return &verifiedCookies{seed: maphash.MakeSeed()} }

// find returns the id that a cookie's value carries, and whether it is known to
// be signed. If it is not, note takes the place that is returned.
func (v *verifiedCookies) find(raw string) (id string, hash uint64, ok bool) {
	hash = maphash.String(v.seed, raw)
	if c := v.place(hash).cookie.Load(); c != nil && same(c.raw, raw) {
		return c.id, hash, true
	}
	return "", hash, false
}

// note notes that a cookie's value, whose hash find has told, carries an id and
// is signed.
func (v *verifiedCookies) note(raw string, hash uint64, id string) {
	p := v.place(hash)
	if p.seen.Swap(hash) != hash {
		return
	}
	// The value is a piece of the request's header, which must not live on.
	c := &verifiedCookie{raw: strings.Clone(raw), id: id}
	if at := strings.Index(raw, id); at >= 0 {
		c.id = c.raw[at:][:len(id)]
	}
	p.cookie.Store(c)
}

func (v *verifiedCookies) place(hash uint64) *verifiedPlace { return &v.places[hash%verifiedPlaces] }

// same reports whether two texts are equal. If they are as long as each other,
// the time that it takes tells nothing of where they differ.
func same(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	b = b[:len(a)] // spares checks below
	var difference uint64
	i := 0
	for ; i <= len(a)-8; i += 8 {
		difference |= word(a[i:i+8]) ^ word(b[i:i+8])
	}
	for ; i < len(a); i++ {
		difference |= uint64(a[i] ^ b[i])
	}
	return difference == 0
}

// word returns the first eight bytes of a text as a number.
func word(s string) uint64 {
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
