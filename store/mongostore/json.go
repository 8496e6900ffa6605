package mongostore

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// decodeDocument returns a document of connect-mongo as JSON, as JSON.stringify would
// write it.
func decodeDocument(doc []byte) (string, error) {
	if err := bson.Raw(doc).Validate(); err != nil {
		return "", fmt.Errorf("%w: the document is broken", ErrRecord)
	}
	b, err := appendJSON(make([]byte, 0, len(doc)), "", bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc}, 0)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return string(b), nil
}

// appendJSON appends a value as JSON. What BSON has and JSON has not is what Node's
// driver and JSON.stringify make of it: the text of a date, of an ObjectId and of a
// decimal, and base64 of bytes.
func appendJSON(b []byte, name string, value bson.RawValue, depth int) ([]byte, error) {
	if depth > maxDepth+1 {
		return nil, errDeep
	}
	switch value.Type {
	case bson.TypeEmbeddedDocument:
		return appendObject(b, bson.Raw(value.Value), name == memberCookie && depth == 1, depth)
	case bson.TypeArray:
		return appendArray(b, bson.RawArray(value.Value), depth)
	case bson.TypeString:
		return appendString(b, value.StringValue())
	case bson.TypeNull, bson.TypeUndefined:
		return append(b, "null"...), nil
	case bson.TypeBoolean:
		return strconv.AppendBool(b, value.Boolean()), nil
	case bson.TypeInt32:
		return strconv.AppendInt(b, int64(value.Int32()), 10), nil
	case bson.TypeInt64:
		return strconv.AppendInt(b, value.Int64(), 10), nil
	case bson.TypeDouble:
		return appendFloat(b, value.Double()), nil
	case bson.TypeDateTime:
		return append(time.UnixMilli(value.DateTime()).UTC().AppendFormat(append(b, '"'), dateLayout), '"'), nil
	case bson.TypeObjectID:
		id := value.ObjectID()
		return append(hex.AppendEncode(append(b, '"'), id[:]), '"'), nil
	case bson.TypeBinary:
		_, data := value.Binary()
		return append(base64.StdEncoding.AppendEncode(append(b, '"'), data), '"'), nil
	case bson.TypeDecimal128:
		return appendString(b, value.Decimal128().String())
	}
	return nil, fmt.Errorf("a value is of the type %s, which JSON has not", value.Type)
}

func appendObject(b []byte, doc bson.Raw, cookie bool, depth int) ([]byte, error) {
	elements, err := doc.Elements()
	if err != nil {
		return nil, err
	}
	b = append(b, '{')
	first := true
	for _, e := range elements {
		name, value := e.Key(), e.Value()
		if cookie && value.Type == bson.TypeNull && undefined(name) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		if b, err = appendString(b, name); err != nil {
			return nil, err
		}
		if b, err = appendJSON(append(b, ':'), name, value, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// undefined reports whether a member of a cookie that is null in the document is not in
// JSON.
func undefined(name string) bool {
	for _, field := range cookieFields {
		if field.name == name {
			return !field.null
		}
	}
	return false
}

func appendArray(b []byte, list bson.RawArray, depth int) ([]byte, error) {
	values, err := list.Values()
	if err != nil {
		return nil, err
	}
	b = append(b, '[')
	for i, value := range values {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, "", value, depth+1); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendString appends a string as JSON.stringify writes it.
func appendString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("a string is not UTF-8")
	}
	b = append(b, '"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= 0x20:
			b = append(b, c)
		case c == '\b':
			b = append(b, `\b`...)
		case c == '\f':
			b = append(b, `\f`...)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		default:
			b = fmt.Appendf(b, `\u%04x`, c)
		}
	}
	return append(b, '"'), nil
}
