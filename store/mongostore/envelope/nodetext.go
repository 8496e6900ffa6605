package envelope

import "unicode/utf8"

// appendNodeText appends data as Node takes it for text, which kruptein 3.1 to 3.3
// do when they add a Buffer to a string: decoded by the WHATWG Encoding Standard
// (section 8.1.1, as Buffer.toString does), then encoded as UTF-8 again. What is
// valid stays, and each maximal part of what could have become a valid sequence is
// replaced by one U+FFFD. Go's own conversions replace each of its bytes.
func appendNodeText(dst, data []byte) []byte {
	for len(data) > 0 {
		if r, size := utf8.DecodeRune(data); r != utf8.RuneError || size > 1 {
			dst, data = append(dst, data[:size]...), data[size:]
			continue
		}
		dst = utf8.AppendRune(dst, utf8.RuneError)
		data = data[brokenLength(data):]
	}
	return dst
}

// brokenLength returns the length of the maximal part of a sequence (Unicode
// Standard, section 3.9, table 3-7) at the beginning of data, where no whole
// sequence is.
func brokenLength(data []byte) int {
	low, high, length := byte(0x80), byte(0xBF), 0
	switch c := data[0]; {
	case 0xC2 <= c && c <= 0xDF:
		length = 2
	case 0xE0 <= c && c <= 0xEF:
		length = 3
		if c == 0xE0 {
			low = 0xA0
		} else if c == 0xED {
			high = 0x9F
		}
	case 0xF0 <= c && c <= 0xF4:
		length = 4
		if c == 0xF0 {
			low = 0x90
		} else if c == 0xF4 {
			high = 0x8F
		}
	}
	n := 1
	for n < length && n < len(data) && low <= data[n] && data[n] <= high {
		low, high = 0x80, 0xBF
		n++
	}
	return n
}
