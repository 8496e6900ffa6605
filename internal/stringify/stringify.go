// Package stringify spells JSON as JavaScript's JSON.stringify does (ECMA-262,
// section 25.5.2), so that what Go writes equals what Node would have written.
package stringify

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Value returns v as JSON without escapes for < > & and for U+2028 and U+2029.
// v should be a pointer if methods on the pointer are to count.
func Value(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return plainSeparators(strings.TrimSuffix(b.String(), "\n")), nil
}

// plainSeparators undoes the escapes of U+2028 and U+2029, which encoding/json
// always makes and JSON.stringify never.
func plainSeparators(text string) string {
	if !strings.Contains(text, `\u202`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], `\u2028`):
			b.WriteString("\u2028")
			i += 6
		case strings.HasPrefix(text[i:], `\u2029`):
			b.WriteString("\u2029")
			i += 6
		case text[i] == '\\':
			b.WriteString(text[i : i+2])
			i += 2
		default:
			b.WriteByte(text[i])
			i++
		}
	}
	return b.String()
}
