package cookie

import "strings"

// Find returns the value of the first cookie called name in the Cookie header
// lines of a request, as it was sent but without white space and one pair of
// double quotes around it. It does not allocate. Several lines count as one
// joined by "; ", as HTTP/2 allows (RFC 9113, section 8.2.3).
//
// The rules are those of cookie 0.7.2: names are compared byte for byte, pairs
// without "=" are passed over, the first occurrence wins even if it is bad.
// No name is trimmed or decoded beyond spaces and tabs, so that nothing but
// the exact name is taken for it.
func Find(lines []string, name string) (value string, ok bool) {
	for _, line := range lines {
		for line != "" {
			var pair string
			pair, line, _ = strings.Cut(line, ";")
			n, v, found := strings.Cut(pair, "=")
			if found && trim(n) == name {
				return unquote(trim(v)), true
			}
		}
	}
	return "", false
}

// Decode returns the text that a cookie's value stands for: the value with its
// percent sequences decoded, or, when they are not valid, the value as it is.
func Decode(value string) string {
	if strings.IndexByte(value, '%') < 0 {
		return value
	}
	if decoded, ok := appendDecoded(make([]byte, 0, len(value)), value); ok {
		return string(decoded)
	}
	return value
}

func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// unquote takes a lone quote for both of a pair, as cookie 0.7.2 does.
func unquote(s string) string {
	switch {
	case s == `"`:
		return ""
	case len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"':
		return s[1 : len(s)-1]
	}
	return s
}
