package cookie

import "encoding/base64"

// EncodeDocument returns the value in which cookie-session 2.1.1 keeps a session:
// its JSON in base64.
func EncodeDocument(document string) string {
	return base64.StdEncoding.EncodeToString([]byte(document))
}

// DecodeDocument returns the JSON in a value of cookie-session 2.1.1, without
// looking at it. It reads base64 as Node does: of either alphabet, up to the
// first "=", and whatever else there is passed over.
func DecodeDocument(value string) (document string) {
	decoded := make([]byte, 0, len(value)/4*3+2)
	var bits uint32
	n := 0
	for i := range len(value) {
		if value[i] == '=' {
			break
		}
		digit, ok := base64Digit(value[i])
		if !ok {
			continue
		}
		bits = bits<<6 | digit
		if n += 6; n >= 8 {
			n -= 8
			decoded = append(decoded, byte(bits>>n))
		}
	}
	return string(decoded)
}

func base64Digit(c byte) (digit uint32, ok bool) {
	switch {
	case 'A' <= c && c <= 'Z':
		return uint32(c - 'A'), true
	case 'a' <= c && c <= 'z':
		return uint32(c-'a') + 26, true
	case '0' <= c && c <= '9':
		return uint32(c-'0') + 52, true
	case c == '+' || c == '-':
		return 62, true
	case c == '/' || c == '_':
		return 63, true
	}
	return 0, false
}
