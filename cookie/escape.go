package cookie

import (
	"strings"
	"unicode/utf8"
)

const upperHex = "0123456789ABCDEF"

// EncodeComponent is JavaScript's encodeURIComponent (ECMA-262, section
// 19.2.6.4): all but A-Z a-z 0-9 - _ . ! ~ * ' ( ) becomes percent sequences.
func EncodeComponent(s string) string {
	if !needsEscape(s) {
		return s
	}
	return string(AppendComponent(make([]byte, 0, len(s)+8), s))
}

// AppendComponent appends to dst what [EncodeComponent] returns.
func AppendComponent(dst []byte, s string) []byte {
	if !needsEscape(s) {
		return append(dst, s...)
	}
	for i := range len(s) {
		c := s[i]
		if unreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// DecodeComponent is JavaScript's decodeURIComponent (ECMA-262, section
// 19.2.6.2). ok is false where that throws: on an incomplete sequence and on
// sequences that are not well-formed UTF-8. A plus sign stays one.
func DecodeComponent(s string) (decoded string, ok bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	b, ok := appendDecoded(make([]byte, 0, len(s)), s)
	if !ok {
		return "", false
	}
	return string(b), true
}

// appendDecoded appends to dst the decoded s.
func appendDecoded(dst []byte, s string) (_ []byte, ok bool) {
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			return append(dst, s...), true
		}
		dst = append(dst, s[:i]...)
		if dst, s, ok = appendCharacter(dst, s[i:]); !ok {
			return dst, false
		}
	}
}

// appendCharacter appends the character that is encoded at the start of s, and
// returns what follows it.
func appendCharacter(dst []byte, s string) (_ []byte, rest string, ok bool) {
	start := len(dst)
	for n := 1; n > 0; n-- {
		c, ok := hexByte(s)
		if !ok {
			return dst, s, false
		}
		dst, s = append(dst, c), s[3:]
		if len(dst) == start+1 {
			n = sequenceLength(c)
		}
	}
	return dst, s, dst[start] < utf8.RuneSelf || utf8.Valid(dst[start:])
}

// sequenceLength returns how many bytes a UTF-8 sequence has that begins with
// c. What cannot begin one is left to the validity check.
func sequenceLength(c byte) int {
	switch {
	case c >= 0xf0:
		return 4
	case c >= 0xe0:
		return 3
	case c >= 0xc0:
		return 2
	}
	return 1
}

// hexByte reads the "%XX" at the start of s.
func hexByte(s string) (byte, bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	hi, ok1 := unhex(s[1])
	lo, ok2 := unhex(s[2])
	return hi<<4 | lo, ok1 && ok2
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func needsEscape(s string) bool {
	for i := range len(s) {
		if !unreserved(s[i]) {
			return true
		}
	}
	return false
}

func unreserved(c byte) bool { return unreservedBytes[c] }

var unreservedBytes = func() (table [256]bool) {
	for i := range table {
		table[i] = isAlphanumeric(byte(i)) || strings.IndexByte("-_.!~*'()", byte(i)) >= 0
	}
	return table
}()
