package mongostore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf16"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The members of a cookie in the order in which express-session 1.19.0 gives them to
// connect-mongo. Those that are undefined there are null in the document, and not in
// JSON at all, except the two that are null in both.
var cookieFields = []struct {
	name string
	null bool // in JSON, too
}{
	{"originalMaxAge", true}, {"partitioned", false}, {"priority", false}, {"expires", true}, {"secure", false},
	{"httpOnly", false}, {"domain", false}, {"path", false}, {"sameSite", false},
}

// The names of the members whose documents are not like others.
const (
	memberCookie  = "cookie"
	memberExpires = "expires"

	// maxDepth is how deep documents and arrays may be in each other. MongoDB
	// promises 100 levels, of which the record is one.
	maxDepth = 98
)

// encodeDocument returns the document of a JSON object, as connect-mongo stores it with
// stringify: false. A value that is the same in the document before keeps the type that
// it has there, of which BSON has more than JSON.
func encodeDocument(data string, before bson.RawValue) (bson.RawValue, error) {
	if loneSurrogate(data) {
		return bson.RawValue{}, fmt.Errorf("%w: a string has half of a character", ErrData)
	}
	d := json.NewDecoder(strings.NewReader(data))
	d.UseNumber()
	value, err := encoder{d}.value("", before, 0)
	if err == nil && value.Type != bson.TypeEmbeddedDocument {
		err = errors.New("they are no JSON object")
	}
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errNotJSON
		}
	}
	if err != nil {
		return bson.RawValue{}, fmt.Errorf("%w: %w", ErrData, err)
	}
	return value, nil
}

var (
	errNotJSON = errors.New("they are not JSON")
	errDeep    = fmt.Errorf("they have more than %d levels", maxDepth)
	errTwice   = errors.New("a member is there twice")
	errZeroKey = errors.New("the name of a member has a zero character, which no document can hold")
)

// encoder makes BSON of tokens of JSON.
type encoder struct{ *json.Decoder }

// value encodes the next value. The path is that of the value, as far as it matters:
// the names of the first two levels.
func (e encoder) value(path string, before bson.RawValue, depth int) (bson.RawValue, error) {
	token, err := e.Token()
	if err != nil {
		return bson.RawValue{}, errNotJSON // its text may repeat data
	}
	if depth > maxDepth {
		return bson.RawValue{}, errDeep
	}
	switch token {
	case json.Delim('{'):
		return e.object(path, before, depth)
	case json.Delim('['):
		return e.array(before, depth)
	}
	value, err := scalar(path, token)
	if err == nil && before.Type != 0 && before.Type != value.Type {
		if was, err := appendJSON(nil, "", before, 0); err == nil {
			if now, err := appendJSON(nil, "", value, 0); err == nil && string(was) == string(now) {
				return before, nil
			}
		}
	}
	return value, err
}

func (e encoder) object(path string, before bson.RawValue, depth int) (bson.RawValue, error) {
	was := elements(before)
	members := map[string]bool{}
	var doc bson.D
	for e.More() {
		token, err := e.Token()
		if err != nil {
			return bson.RawValue{}, errNotJSON
		}
		name := token.(string)
		switch {
		case strings.ContainsRune(name, 0):
			return bson.RawValue{}, errZeroKey
		case members[name]:
			return bson.RawValue{}, errTwice
		}
		members[name] = true
		value, err := e.value(below(path, name, depth), was[name], depth+1)
		if err != nil {
			return bson.RawValue{}, err
		}
		doc = append(doc, bson.E{Key: name, Value: value})
	}
	if _, err := e.Token(); err != nil {
		return bson.RawValue{}, errNotJSON
	}
	if path == memberCookie && depth == 1 {
		doc = cookieDocument(doc)
	}
	return marshal(bson.TypeEmbeddedDocument, doc)
}

func (e encoder) array(before bson.RawValue, depth int) (bson.RawValue, error) {
	var was []bson.RawValue
	if before.Type == bson.TypeArray {
		was, _ = bson.RawArray(before.Value).Values()
	}
	list := bson.A{}
	for e.More() {
		var at bson.RawValue
		if len(list) < len(was) {
			at = was[len(list)]
		}
		value, err := e.value("[]", at, depth+1)
		if err != nil {
			return bson.RawValue{}, err
		}
		list = append(list, value)
	}
	if _, err := e.Token(); err != nil {
		return bson.RawValue{}, errNotJSON
	}
	return marshal(bson.TypeArray, list)
}

// below returns the path of a member.
func below(path, name string, depth int) string {
	if depth == 0 {
		return name
	}
	return path + "\x00" + name
}

// pathExpires is where a date stands as text in JSON, and as a date in the document.
const pathExpires = memberCookie + "\x00" + memberExpires

func scalar(path string, token json.Token) (bson.RawValue, error) {
	switch t := token.(type) {
	case nil:
		return bson.RawValue{Type: bson.TypeNull}, nil
	case bool:
		return marshal(bson.TypeBoolean, t)
	case json.Number:
		return number(t.String())
	case string:
		if path == pathExpires {
			if at, err := time.Parse(dateLayout, t); err == nil {
				return marshal(bson.TypeDateTime, instant(at))
			}
		}
		return stringValue(t), nil
	}
	return bson.RawValue{}, errNotJSON
}

// dateLayout is how JSON.stringify writes a date.
const dateLayout = "2006-01-02T15:04:05.000Z"

// cookieDocument has all members of a cookie in their order, and then what else there
// is.
func cookieDocument(members bson.D) (doc bson.D) {
	for _, field := range cookieFields {
		value := any(nil)
		for i, m := range members {
			if m.Key == field.name {
				value = m.Value
				members = append(members[:i:i], members[i+1:]...)
				break
			}
		}
		doc = append(doc, bson.E{Key: field.name, Value: value})
	}
	return append(doc, members...)
}

func marshal(want bson.Type, value any) (bson.RawValue, error) {
	if d, ok := value.(bson.D); ok && d == nil {
		value = bson.D{}
	}
	t, data, err := bson.MarshalValue(value)
	if err == nil && t != want {
		err = errNotJSON
	}
	if err != nil {
		return bson.RawValue{}, err
	}
	return bson.RawValue{Type: t, Value: data}, nil
}

// elements returns the values of a document by name.
func elements(value bson.RawValue) map[string]bson.RawValue {
	if value.Type != bson.TypeEmbeddedDocument {
		return nil
	}
	list, err := bson.Raw(value.Value).Elements()
	if err != nil {
		return nil
	}
	values := make(map[string]bson.RawValue, len(list))
	for _, e := range list {
		values[e.Key()] = e.Value()
	}
	return values
}

// loneSurrogate reports whether a text of JSON has an escape for half of a character,
// of which UTF-8 knows nothing.
func loneSurrogate(data string) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' || i+1 == len(data) {
			continue
		}
		if i++; data[i] != 'u' {
			continue
		}
		if r := escaped(data[i-1:]); utf16.IsSurrogate(r) {
			if utf16.DecodeRune(r, escaped(data[min(i+5, len(data)):])) == '\uFFFD' {
				return true
			}
			i += 6
		}
		i += 4
	}
	return false
}

// escaped returns the rune of an escape such as \u00e9 at the beginning of a text, or 0.
func escaped(text string) (r rune) {
	if len(text) < 6 || text[:2] != `\u` {
		return 0
	}
	for _, c := range []byte(text[2:6]) {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0
		}
		r = r<<4 | rune(c)
	}
	return r
}
