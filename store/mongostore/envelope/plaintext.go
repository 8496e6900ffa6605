package envelope

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// What is encrypted is seldom the session's JSON itself. connect-mongo hands kruptein
// that text, or the object if stringify is false and it is older than 6; kruptein
// up to 3.3 encrypts JSON.stringify of what it was handed, so mostly a string
// literal with JSON in it; 3.4 puts it into an object beside its type.

var (
	errText   = fmt.Errorf("%w: it is not valid UTF-8", ErrSession)
	errObject = fmt.Errorf("%w: it is not a JSON object", ErrSession)
)

const space = " \t\r\n" // that of JSON

// wrap returns what a format encrypts for the JSON text of a session.
func wrap(f Format, session string, object bool) ([]byte, error) {
	if !utf8.ValidString(session) {
		return nil, errText
	}
	if object {
		session = strings.Trim(session, space)
		if !json.Valid([]byte(session)) || !isObject(session) {
			return nil, errObject
		}
	}
	switch {
	case f == Kruptein34 && object:
		return []byte(`{"type":"json","value":` + session + `}`), nil
	case f == Kruptein34:
		return append(append([]byte(`{"type":"string","value":`), quote(session)...), '}'), nil
	case object:
		return []byte(session), nil
	}
	return quote(session), nil
}

func isObject(text string) bool {
	return strings.HasPrefix(strings.TrimLeft(text, space), "{")
}

// unwrap returns the JSON text of a session from what was encrypted.
func unwrap(f Format, plaintext []byte) (string, error) {
	if !json.Valid(plaintext) || !utf8.Valid(plaintext) {
		return "", fmt.Errorf("%w: what is in it is not JSON", ErrFormat)
	}
	if f == Kruptein34 {
		plaintext = untype(plaintext)
	}
	session := string(plaintext)
	if bytes.HasPrefix(plaintext, []byte(`"`)) {
		var ok bool
		if session, ok = unquote(plaintext); !ok {
			return "", fmt.Errorf("%w: what is in it cannot be text in Go", ErrFormat)
		}
	}
	if !isObject(session) {
		return "", fmt.Errorf("%w: what is in it is no session", ErrFormat)
	}
	return session, nil
}

// untype returns the value that kruptein 3.4 has put beside its type, and what is
// not so as it is, as kruptein does.
func untype(plaintext []byte) []byte {
	var members map[string]json.RawMessage // a struct would not heed the case of names
	if json.Unmarshal(plaintext, &members) != nil {
		return plaintext
	}
	value, ok := members["value"]
	if !ok {
		return plaintext
	}
	switch string(members["type"]) {
	case `"string"`, `"json"`:
		return value
	}
	return plaintext
}

// quote returns a text as the literal that JSON.stringify makes of it (ECMA-262,
// QuoteJSONString); encoding/json escapes more.
func quote(text string) []byte {
	literal := append(make([]byte, 0, len(text)+len(text)/4+2), '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"', c == '\\':
			literal = append(literal, '\\', c)
		case c >= ' ':
			literal = append(literal, c)
		default:
			if n := strings.IndexByte("\b\t\n\f\r", c); n >= 0 {
				literal = append(literal, '\\', "btnfr"[n])
			} else {
				literal = fmt.Appendf(literal, `\u%04x`, c)
			}
		}
	}
	return append(literal, '"')
}

// unquote returns the text of a literal. It is not ok for a half of a surrogate
// pair that is escaped in the literal itself, which Go would replace. In what
// connect-mongo writes they stand escaped in the text that is in the literal.
func unquote(literal []byte) (text string, ok bool) {
	if json.Unmarshal(literal, &text) != nil {
		return "", false
	}
	if strings.ContainsRune(text, utf8.RuneError) && strings.Count(text, "\uFFFD") != strings.Count(string(literal), "\uFFFD")+countEscaped(literal) {
		return "", false
	}
	return text, true
}

// countEscaped counts the characters U+FFFD that are escaped.
func countEscaped(literal []byte) int {
	n := 0
	for i := 0; i+5 < len(literal); i++ {
		if literal[i] != '\\' {
			continue
		}
		if literal[i+1] == 'u' && strings.EqualFold(string(literal[i+2:i+6]), "fffd") {
			n++
		}
		i++
	}
	return n
}
