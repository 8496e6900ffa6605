package session

import (
	"encoding/json"
	"errors"
	"strings"
)

// member is one member of a JSON object, both parts as they are spelled in the
// text, so that they can be written back byte for byte.
type member struct {
	key string // with its quotes
	raw string // the value
}

// is reports whether the member's name, escapes resolved, is name.
func (m member) is(name string) bool {
	spelled := m.key[1 : len(m.key)-1]
	if len(spelled) <= len(name) { // escapes only make it longer
		return spelled == name && strings.IndexByte(name, '\\') < 0
	}
	return strings.IndexByte(spelled, '\\') >= 0 && m.name() == name
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
)

// scanObject checks that text is one JSON object and appends its members to
// dst, in order, duplicates included. Strings are checked for their syntax
// (RFC 8259), not for well-formed UTF-8 or surrogate pairs: those are kept as
// they are.
func scanObject(dst []member, text string) ([]member, error) {
	sc := scanner{text: text}
	sc.space()
	if !sc.eat('{') {
		return dst, errNotObject
	}
	sc.space()
	if sc.eat('}') {
		return dst, sc.end()
	}
	return sc.members(dst)
}

// members appends what follows up to the end of the object and of the text.
func (sc *scanner) members(dst []member) ([]member, error) {
	text := sc.text
	for {
		key := sc.i
		if !sc.str() {
			return dst, errNotJSON
		}
		m := member{key: text[key:sc.i]}
		sc.space()
		if !sc.eat(':') {
			return dst, errNotJSON
		}
		sc.space()
		value := sc.i
		if !sc.value(maxDepth) {
			return dst, errNotJSON
		}
		m.raw = text[value:sc.i]
		dst = append(dst, m)
		sc.space()
		if sc.eat('}') {
			return dst, sc.end()
		}
		if !sc.eat(',') {
			return dst, errNotJSON
		}
		sc.space()
	}
}

// scanner walks over JSON text. Its methods report whether what they name
// stands at i, and move i behind it.
type scanner struct {
	text string
	i    int
}

func (sc *scanner) end() error {
	sc.space()
	if sc.i < len(sc.text) {
		return errNotJSON
	}
	return nil
}

func (sc *scanner) space() {
	if sc.i < len(sc.text) && sc.text[sc.i] <= ' ' { // which is rare
		sc.skipSpace()
	}
}

func (sc *scanner) skipSpace() {
	for sc.i < len(sc.text) {
		switch sc.text[sc.i] {
		case ' ', '\t', '\n', '\r':
			sc.i++
		default:
			return
		}
	}
}

func (sc *scanner) eat(c byte) bool {
	if sc.i < len(sc.text) && sc.text[sc.i] == c {
		sc.i++
		return true
	}
	return false
}

func (sc *scanner) value(depth int) bool {
	if sc.i >= len(sc.text) || depth == 0 {
		return false
	}
	switch c := sc.text[sc.i]; c {
	case '"':
		return sc.str()
	case '{':
		return sc.object(depth - 1)
	case '[':
		return sc.array(depth - 1)
	case 't':
		return sc.word("true")
	case 'f':
		return sc.word("false")
	case 'n':
		return sc.word("null")
	default:
		return sc.number()
	}
}

func (sc *scanner) word(w string) bool {
	if strings.HasPrefix(sc.text[sc.i:], w) {
		sc.i += len(w)
		return true
	}
	return false
}

func (sc *scanner) object(depth int) bool {
	sc.i++
	sc.space()
	if sc.eat('}') {
		return true
	}
	for {
		if !sc.str() {
			return false
		}
		sc.space()
		if !sc.eat(':') {
			return false
		}
		sc.space()
		if !sc.value(depth) {
			return false
		}
		sc.space()
		if sc.eat('}') {
			return true
		}
		if !sc.eat(',') {
			return false
		}
		sc.space()
	}
}

func (sc *scanner) array(depth int) bool {
	sc.i++
	sc.space()
	if sc.eat(']') {
		return true
	}
	for {
		if !sc.value(depth) {
			return false
		}
		sc.space()
		if sc.eat(']') {
			return true
		}
		if !sc.eat(',') {
			return false
		}
		sc.space()
	}
}

func (sc *scanner) str() bool {
	if !sc.eat('"') {
		return false
	}
	text := sc.text
	for i := sc.i; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			sc.i = i + 1
			return true
		case c == '\\':
			n := escapeLength(text[i:])
			if n == 0 {
				return false
			}
			i += n - 1
		case c < ' ':
			return false
		}
	}
	return false
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

func (sc *scanner) number() bool {
	sc.eat('-')
	if !sc.eat('0') && !sc.digits() {
		return false
	}
	if sc.eat('.') && !sc.digits() {
		return false
	}
	if sc.eat('e') || sc.eat('E') {
		_ = sc.eat('+') || sc.eat('-')
		return sc.digits()
	}
	return true
}

func (sc *scanner) digits() bool {
	start := sc.i
	for sc.i < len(sc.text) && '0' <= sc.text[sc.i] && sc.text[sc.i] <= '9' {
		sc.i++
	}
	return sc.i > start
}
