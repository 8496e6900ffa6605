package session

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"unicode/utf8"
)

// member is one member of a JSON object, both parts as they are spelled in the
// text, so that they can be written back byte for byte.
type member struct {
	key string // with its quotes
	raw string // the value
}

// span says where a member stands in a text: its key, with the quotes, and its
// value. A session of 4 GB is more than anything can hold.
type span struct {
	key, keyEnd, raw, rawEnd uint32
}

// of returns the member in the text that the span belongs to.
func (sp span) of(text string) member {
	return member{key: text[sp.key:sp.keyEnd], raw: text[sp.raw:sp.rawEnd]}
}

// is reports whether the member's name, escapes resolved, is name.
func (m member) is(name string) bool {
	return m.mayBe(name) && m.isSpelled(name)
}

// mayBe reports whether the member's name begins as name does, or with what may
// stand for that: a check to be inlined that mostly does.
func (m member) mayBe(name string) bool {
	first := m.key[1] // at least the quote at the end
	return name == "" || first == name[0] || first == '\\' || first >= utf8.RuneSelf
}

func (m member) isSpelled(name string) bool {
	spelled := m.key[1 : len(m.key)-1]
	if strings.IndexByte(spelled, '\\') < 0 {
		return spelled == name
	}
	return m.name() == name
}

// name returns the member's name with escapes resolved.
func (m member) name() string {
	spelled := m.key[1 : len(m.key)-1]
	if strings.IndexByte(spelled, '\\') < 0 {
		return spelled
	}
	var name string
	if json.Unmarshal([]byte(m.key), &name) != nil {
		return spelled
	}
	return name
}

// maxDepth is how deep arrays and objects may be nested: what encoding/json
// allows.
const maxDepth = 10000

var (
	errNotObject = errors.New("it is not a JSON object")
	errNotJSON   = errors.New("it is not valid JSON")
	errTooLong   = errors.New("it is too long")
)

// scanObject checks that text is one JSON object and appends the places of its
// members to dst, in order, duplicates included. Strings are checked for their
// syntax (RFC 8259), not for well-formed UTF-8 or surrogate pairs: those are
// kept as they are.
func scanObject(dst []span, text string) ([]span, error) {
	i := skipSpace(text, 0)
	if i == len(text) || text[i] != '{' {
		return dst, errNotObject
	}
	if i = skipSpace(text, i+1); i < len(text) && text[i] == '}' {
		return dst, atEnd(text, i+1)
	}
	return scanMembers(dst, text, i)
}

// scanMembers is scanObject from the first of the members, at i, on.
func scanMembers(dst []span, text string, i int) ([]span, error) {
	if len(text) > math.MaxUint32 {
		return dst, errTooLong
	}
	for {
		keyEnd, raw, rawEnd := skipMember(text, i, maxDepth-1)
		if rawEnd < 0 {
			return dst, errNotJSON
		}
		dst = append(dst, span{uint32(i), uint32(keyEnd), uint32(raw), uint32(rawEnd)})
		i = skipSpace(text, rawEnd)
		if i == len(text) {
			return dst, errNotJSON
		}
		switch text[i] {
		case '}':
			return dst, atEnd(text, i+1)
		case ',':
			i = skipSpace(text, i+1)
		default:
			return dst, errNotJSON
		}
	}
}

func atEnd(text string, i int) error {
	if skipSpace(text, i) < len(text) {
		return errNotJSON
	}
	return nil
}

// The functions below walk over JSON text. Each is told where what it names
// begins, and returns where it ends, or a negative number if it is not there.

const invalid = -1

// skipMember skips a key, a colon and a value.
func skipMember(text string, key, depth int) (keyEnd, raw, rawEnd int) {
	if keyEnd = skipString(text, key); keyEnd < 0 {
		return invalid, invalid, invalid
	}
	i := skipSpace(text, keyEnd)
	if i == len(text) || text[i] != ':' {
		return invalid, invalid, invalid
	}
	raw = skipSpace(text, i+1)
	return keyEnd, raw, skipValue(text, raw, depth)
}

func skipSpace(text string, i int) int {
	for i < len(text) && text[i] <= ' ' {
		if c := text[i]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			break
		}
		i++
	}
	return i
}

// skipValue skips any value, in which arrays and objects may be nested up to
// depth.
func skipValue(text string, i, depth int) int {
	if i >= len(text) {
		return invalid
	}
	switch text[i] {
	case '"':
		return skipString(text, i)
	case '{', '[':
		if depth == 0 {
			return invalid
		}
		return skipList(text, i, depth-1, text[i]+2) // the closing bracket of ASCII
	case 't':
		return skipWord(text, i, "true")
	case 'f':
		return skipWord(text, i, "false")
	case 'n':
		return skipWord(text, i, "null")
	default:
		return skipNumber(text, i)
	}
}

func skipWord(text string, i int, word string) int {
	if strings.HasPrefix(text[i:], word) {
		return i + len(word)
	}
	return invalid
}

// skipList skips an object or an array, which ends with the given bracket.
func skipList(text string, i, depth int, bracket byte) int {
	i = skipSpace(text, i+1)
	if i < len(text) && text[i] == bracket {
		return i + 1
	}
	for {
		if bracket == '}' {
			_, _, i = skipMember(text, i, depth)
		} else {
			i = skipValue(text, i, depth)
		}
		if i < 0 {
			return invalid
		}
		i = skipSpace(text, i)
		switch {
		case i == len(text):
			return invalid
		case text[i] == bracket:
			return i + 1
		case text[i] != ',':
			return invalid
		}
		i = skipSpace(text, i+1)
	}
}

func skipString(text string, i int) int {
	if i >= len(text) || text[i] != '"' {
		return invalid
	}
	for i = skipPlain(text, i+1); i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			n := escapeLength(text[i:])
			if n == 0 {
				return invalid
			}
			i += n - 1
		case c < ' ':
			return invalid
		}
	}
	return invalid
}

// skipPlain skips eight bytes at a time as long as none of them ends a string,
// begins an escape sequence or may not stand in a string at all.
func skipPlain(text string, i int) int {
	const (
		each   = 0x0101010101010101
		high   = each * 0x80
		quote  = each * '"'
		escape = each * '\\'
		space  = each * ' '
	)
	for ; i+8 <= len(text); i += 8 {
		w := word(text[i : i+8])
		// The highest bit of x-1 is set, and that of x is not, in a byte that
		// is 0; likewise for a byte below a space. A borrow may mark the byte
		// above such a one as well, which changes nothing.
		q, e := w^quote, w^escape
		if ((q-each)&^q|(e-each)&^e|(w-space)&^w)&high != 0 {
			break
		}
	}
	return i
}

// escapeLength returns the length of the escape sequence at the start of s, 0
// if it is not a valid one.
func escapeLength(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) < 6 {
			return 0
		}
		for _, c := range []byte(s[2:6]) {
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
				return 0
			}
		}
		return 6
	}
	return 0
}

func skipNumber(text string, i int) int {
	if text[i] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if i = skipDigits(text, i); i < 0 {
		return invalid
	}
	if i < len(text) && text[i] == '.' {
		if i = skipDigits(text, i+1); i < 0 {
			return invalid
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		if i++; i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		return skipDigits(text, i)
	}
	return i
}

// skipDigits skips one digit or more.
func skipDigits(text string, i int) int {
	start := i
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	if i == start {
		return invalid
	}
	return i
}
