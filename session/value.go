package session

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/sojourn-dev/sojourn/internal/stringify"
)

// encodeValue returns v as JSON, spelled as JSON.stringify does: without
// escapes for < > & and for U+2028 and U+2029.
func encodeValue[T any](v T) (string, error) {
	switch v := any(&v).(type) {
	case *string:
		if utf8.ValidString(*v) {
			return string(appendQuoted(make([]byte, 0, len(*v)+2), *v)), nil
		}
	case *int:
		return strconv.Itoa(*v), nil
	case *int64:
		return strconv.FormatInt(*v, 10), nil
	case *bool:
		return strconv.FormatBool(*v), nil
	}
	return marshal(&v) // addressable, for methods on the pointer
}

// marshal encodes v. A value that is nested too deep for a record to be read
// again is an error: it would end the session.
func marshal(v any) (string, error) {
	text, err := stringify.Value(v)
	if err != nil {
		return "", err
	}
	if len(text) > maxDepth && skipValue(text, 0, maxDepth-1) < 0 { // or it cannot be that deep
		return "", errNotJSON
	}
	return text, nil
}

const lowerHex = "0123456789abcdef"

// appendQuoted appends s as a JSON string, spelled as JSON.stringify does
// (ECMA-262, section 25.5.2.2). s is well-formed UTF-8.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, `\b`...)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\f':
			dst = append(dst, `\f`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', lowerHex[c>>4], lowerHex[c&15])
		}
	}
	return append(dst, '"')
}

// decodeValue decodes raw, which is valid JSON. The error does not tell what
// was found, for it may go to a log.
func decodeValue[T any](key, raw string) (v T, err error) {
	switch p := any(&v).(type) {
	case *string:
		if s, ok := plainString(raw); ok {
			*p = s
			return v, nil
		}
	case *int:
		if n, err := strconv.Atoi(raw); err == nil {
			*p = n
			return v, nil
		}
	case *int64:
		if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
			*p = n
			return v, nil
		}
	case *bool:
		if raw == "true" || raw == "false" {
			*p = raw == "true"
			return v, nil
		}
	}
	return unmarshal[T](key, raw)
}

func unmarshal[T any](key, raw string) (T, error) {
	var v T
	if json.Unmarshal([]byte(raw), &v) != nil {
		var zero T
		return zero, fmt.Errorf("%w: key %q does not hold a %v", ErrUndecodable, key, reflect.TypeFor[T]())
	}
	return v, nil
}

// plainString returns the value of a JSON string of plain ASCII without
// escapes, as a part of raw.
func plainString(raw string) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	s := raw[1 : len(raw)-1]
	for i := range len(s) {
		if s[i] == '\\' || s[i] >= utf8.RuneSelf {
			return "", false
		}
	}
	return s, true
}
