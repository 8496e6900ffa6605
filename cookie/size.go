package cookie

import (
	"errors"
	"fmt"
)

// MaxSize is how many bytes a cookie may have: what every browser keeps (RFC
// 6265, section 6.1), counted as the value of the Set-Cookie header with name,
// value and attributes. Some browsers count less of it, none counts more.
const MaxSize = 4096

// ErrTooLarge is wrapped by the error of a cookie that has more than [MaxSize]
// bytes. A browser would drop it without a word, and keep an older one.
var ErrTooLarge = errors.New("cookie is too large")

// CheckSize returns nil if a browser keeps the cookie which that value of a
// Set-Cookie header sets. Otherwise the error wraps [ErrTooLarge] and tells the
// size.
func CheckSize(setCookie string) error {
	if len(setCookie) > MaxSize {
		return fmt.Errorf("%w: it has %d bytes, and browsers keep %d", ErrTooLarge, len(setCookie), MaxSize)
	}
	return nil
}
