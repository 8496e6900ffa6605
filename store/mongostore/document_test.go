package mongostore

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const cookieJSON = `{"originalMaxAge":60000,"expires":"2026-11-21T03:59:03.496Z","httpOnly":true,"path":"/"}`

// value returns a value of BSON.
func value(t testing.TB, v any) bson.RawValue {
	t.Helper()
	kind, data, err := bson.MarshalValue(v)
	if err != nil {
		t.Fatal(err)
	}
	return bson.RawValue{Type: kind, Value: data}
}

// Ensure that a session becomes the document that connect-mongo makes of it, and is
// the same text again.
func TestDocumentOfExpress(t *testing.T) {
	t.Parallel()
	const data = `{"cookie":` + cookieJSON + `,"n":1,"big":3000000000,"half":0.5,"list":[1,"a",null,{}],"b":true,"a":{"z":1,"a":2}}`
	want := value(t, bson.D{
		{Key: "cookie", Value: bson.D{
			{Key: "originalMaxAge", Value: int32(60000)}, {Key: "partitioned", Value: nil}, {Key: "priority", Value: nil},
			{Key: "expires", Value: time.Date(2026, 11, 21, 3, 59, 3, 496e6, time.UTC)}, {Key: "secure", Value: nil},
			{Key: "httpOnly", Value: true}, {Key: "domain", Value: nil}, {Key: "path", Value: "/"}, {Key: "sameSite", Value: nil},
		}},
		{Key: "n", Value: int32(1)}, {Key: "big", Value: 3e9}, {Key: "half", Value: 0.5},
		{Key: "list", Value: bson.A{int32(1), "a", nil, bson.D{}}}, {Key: "b", Value: true},
		{Key: "a", Value: bson.D{{Key: "z", Value: int32(1)}, {Key: "a", Value: int32(2)}}},
	})
	got, err := encodeDocument(data, bson.RawValue{})
	if err != nil || !got.Equal(want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if text, err := decodeDocument(got.Value); text != data {
		t.Errorf("%s, %v, want %s", text, err, data)
	}
}

// Ensure that JSON comes back as the same value, written as JSON.stringify does.
func TestDocumentText(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`{}`:                                   `{}`,
		" {\t\"a\" : [ 1 ,2]}\n":               `{"a":[1,2]}`,
		`{"a":1.0,"b":1e2,"c":10e-1,"d":-0.0}`: `{"a":1,"b":100,"c":1,"d":-0}`,
		`{"a":1e21,"b":1e-7,"c":0.000001,"d":123456789012345680000}`:             `{"a":1e+21,"b":1e-7,"c":0.000001,"d":123456789012345680000}`,
		`{"a":9007199254740993,"b":-9223372036854775808}`:                        `{"a":9007199254740993,"b":-9223372036854775808}`,
		`{"a":2147483648,"b":-2147483648,"c":9007199254740992}`:                  `{"a":2147483648,"b":-2147483648,"c":9007199254740992}`,
		`{"":0,"__proto__":{},"$set":{"a.b":1}}`:                                 `{"":0,"__proto__":{},"$set":{"a.b":1}}`,
		`{"a":"\u00e9\ud83e\uddf3\u0000\u001f\/<&>\u2028\b\f\n\r\t\""}`:          "{\"a\":\"é🧳\\u0000\\u001f/<&>\u2028\\b\\f\\n\\r\\t\\\"\"}",
		`{"b":1,"a":2,"10":3,"2":4}`:                                             `{"b":1,"a":2,"10":3,"2":4}`,
		`{"cookie":{"path":"/","x":1}}`:                                          `{"cookie":{"originalMaxAge":null,"expires":null,"path":"/","x":1}}`,
		`{"cookie":{"expires":"tomorrow"},"expires":"2026-11-21T03:59:03.496Z"}`: `{"cookie":{"originalMaxAge":null,"expires":"tomorrow"},"expires":"2026-11-21T03:59:03.496Z"}`,
		`{"cookie":1,"a":{"cookie":{"path":null}}}`:                              `{"cookie":1,"a":{"cookie":{"path":null}}}`,
	} {
		doc, err := encodeDocument(data, bson.RawValue{})
		if err != nil {
			t.Errorf("%s: %v", data, err)
			continue
		}
		if text, err := decodeDocument(doc.Value); err != nil || text != want {
			t.Errorf("%s: %s, %v, want %s", data, text, err, want)
		}
	}
}

// Ensure that what a document cannot hold is refused, in words that do not repeat it.
func TestDocumentRefused(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		``, `s3cr3t`, `null`, `[1]`, `"s3cr3t"`, `{"s3cr3t":`, `{"s3cr3t":1}}`, `{"a":1}{}`, `{"s3cr3t":1,"s3cr3t":2}`,
		`{"s3cr3t\u0000":1}`, `{"a":"s3cr3t\ud800"}`, `{"a":"\udc00\ud800"}`, `{"a":"\ud83es3cr3t"}`, `{"a":"\\\ud800"}`,
		`{"a":12345678901234567890.123456789}`, `{"a":1e400}`, `{"a":1e-400}`, `{"a":18446744073709551617}`, `{"a":1e99999999999999999999}`,
		`{"a":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`,
		`{"a":` + strings.Repeat(`{"a":`, 1e5) + "1" + strings.Repeat("}", 1e5) + `}`,
	} {
		if doc, err := encodeDocument(data, bson.RawValue{}); !errors.Is(err, ErrData) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%.40s: %v, %v", data, doc, err)
		}
	}
	if _, err := encodeDocument(`{"a":"\\ud800\\\\\ud83e\uddf3"}`, bson.RawValue{}); err != nil {
		t.Errorf("escaped backslashes: %v", err)
	}
}

// Ensure that values of types which JSON has not are text, and keep their types when
// they are saved as they were read.
func TestDocumentTypes(t *testing.T) {
	t.Parallel()
	decimal, err := bson.ParseDecimal128("1.50")
	if err != nil {
		t.Fatal(err)
	}
	before := value(t, bson.D{
		{Key: "date", Value: time.UnixMilli(0)}, {Key: "id", Value: bson.ObjectID{0xab}}, {Key: "bytes", Value: []byte("hi")},
		{Key: "decimal", Value: decimal}, {Key: "long", Value: int64(7)}, {Key: "undefined", Value: bson.Undefined{}},
		{Key: "list", Value: bson.A{time.UnixMilli(1), bson.D{{Key: "deep", Value: time.UnixMilli(2)}}}},
	})
	const text = `{"date":"1970-01-01T00:00:00.000Z","id":"ab0000000000000000000000","bytes":"aGk=","decimal":"1.50","long":7,"undefined":null,` +
		`"list":["1970-01-01T00:00:00.001Z",{"deep":"1970-01-01T00:00:00.002Z"}]}`
	got, err := decodeDocument(before.Value)
	if err != nil || got != text {
		t.Fatalf("%s, %v, want %s", got, err, text)
	}
	if after, err := encodeDocument(text, before); err != nil || !after.Equal(before) {
		t.Errorf("unchanged: %v, %v", after, err)
	}
	after, err := encodeDocument(strings.Replace(text, "00.000Z", "00.009Z", 1), before)
	if err != nil || bson.Raw(after.Value).Lookup("date").Type != bson.TypeString || bson.Raw(after.Value).Lookup("id").Type != bson.TypeObjectID {
		t.Errorf("changed: %v, %v", after, err)
	}
	for _, v := range []any{bson.Regex{Pattern: "s3cr3t"}, bson.Timestamp{T: 1}, bson.MinKey{}, bson.JavaScript("s3cr3t")} {
		doc := value(t, bson.D{{Key: "a", Value: v}})
		if text, err := decodeDocument(doc.Value); !errors.Is(err, ErrRecord) || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%T: %s, %v", v, text, err)
		}
	}
}

// Ensure that whatever is in a document is refused or JSON, and that what is saved as
// it was read reads the same.
func FuzzDecodeDocument(f *testing.F) {
	for _, v := range []any{
		bson.D{}, bson.D{{Key: "cookie", Value: bson.D{{Key: "path", Value: nil}, {Key: "expires", Value: time.UnixMilli(1)}}}},
		bson.D{{Key: "a", Value: bson.A{1, 2.5, "x", nil, true, []byte{1}, time.UnixMilli(-1e15), bson.D{{Key: "", Value: int64(1) << 60}}}}},
	} {
		f.Add(value(f, v).Value)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		text, err := decodeDocument(doc)
		if err != nil {
			if !errors.Is(err, ErrRecord) {
				t.Error(err)
			}
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("not JSON: %q", text)
		}
		after, err := encodeDocument(text, bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc})
		if err != nil {
			if !errors.Is(err, ErrData) { // such as a member that is there twice
				t.Error(err)
			}
			return
		}
		again, err := decodeDocument(after.Value)
		if err != nil || again != text && !strings.Contains(text, `"cookie"`) {
			t.Errorf("%q, %v, want %q", again, err, text)
		}
	})
}

// Ensure that whatever JSON there is becomes a document or is refused, and that the
// document is the same value.
func FuzzEncodeDocument(f *testing.F) {
	f.Add(`{"cookie":` + cookieJSON + `,"a":[1,-0,1e-7,{"b":"\u00e9\ud83e\uddf3"}]}`)
	f.Add(`{"a":"\ud800","a":9007199254740993}`)
	f.Fuzz(func(t *testing.T, data string) {
		doc, err := encodeDocument(data, bson.RawValue{})
		if err != nil {
			if !errors.Is(err, ErrData) {
				t.Error(err)
			}
			return
		}
		if !json.Valid([]byte(data)) {
			t.Fatalf("not JSON, and stored: %q", data)
		}
		text, err := decodeDocument(doc.Value)
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		again, err := encodeDocument(text, bson.RawValue{})
		if err != nil || !again.Equal(doc) {
			t.Errorf("%q became %q: %v", data, text, err)
		}
	})
}
