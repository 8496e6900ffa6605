package storetest

import (
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

var dataChecks = []check{
	{"DataComesBackByteForByte", dataComesBackByteForByte},
	{"LargeDataComesBackByteForByte", largeDataComesBackByteForByte},
	{"DataAreComparedByteForByte", dataAreComparedByteForByte},
}

// hostile are JSON objects that an engine, a driver or a normalising parser may
// be tempted to change, or to take for the same when they are not.
var hostile = []string{
	`{}`,
	` {"a":1}`,
	`{"a":1} `,
	"{\"a\":1}\n",
	"\t{\r\n\"a\" : 1\r\n}\r\n",
	`{"a":1}`,
	`{"a":1.0}`,
	`{"a":10e-1}`,
	`{"b":1,"a":2}`,
	`{"a":2,"b":1}`,
	`{"a":1,"a":2}`,
	`{"":0,"__proto__":{},"$set":{"a":1},"a.b":2}`,
	`{"a":12345678901234567890.123456789}`,
	`{"a":"\u0000"}`,
	`{"a":"\ud800"}`,
	`{"a":"\udc00\ud800"}`,
	`{"a":"é"}`,
	"{\"a\":\"e\u0301\"}", // the same to a reader, not to a computer
	`{"a":"\u00e9"}`,
	`{"a":"É"}`,
	"{\"a\":\"\u2028\u2029\ufeff\u200b\u00a0\"}",
	"{\"a\":\"\U0001f9f3\u200d\U0001f3fd\"}",
	`{"a":"<script>&amp;</script>"}`,
	`{"a":"\u003cscript\u003e"}`,
	`{"a":"it's \"quoted\" \\ \/ %s %00 ? $1 :id {{x}} ${y}"}`,
	`{"a":"'; DROP TABLE sessions; --"}`,
	`{"a":"trailing spaces   "}`,
}

func dataComesBackByteForByte(t *testing.T, s store.Store) {
	for i, data := range hostile {
		created, saved := nth("created", i), nth("saved", i)
		create(t, s, created, data)
		wantData(t, s, created, data)
		save(t, s, saved, data, create(t, s, saved, object(0)))
		wantData(t, s, saved, data)
	}
}

func largeDataComesBackByteForByte(t *testing.T, s store.Store) {
	data := func(unit string) string {
		return `{"x":"` + strings.Repeat(unit, 1<<20/len(unit)) + `"}`
	}
	v := create(t, s, "id", data("0123456789abcdef"))
	wantData(t, s, "id", data("0123456789abcdef"))
	v = save(t, s, "id", data("é"), v)
	wantData(t, s, "id", data("é"))
	save(t, s, "id", object(1), v)
	wantData(t, s, "id", object(1))
}

// dataAreComparedByteForByte: a store that finds the version by comparing data
// must not take different data for equal.
func dataAreComparedByteForByte(t *testing.T, s store.Store) {
	v := create(t, s, "id", object(0))
	for _, data := range hostile {
		next := save(t, s, "id", data, v)
		_, err := s.Save(bounded(t), "id", object(1), in(time.Hour), v)
		wantError(t, "Save on the data before", err, store.ErrConflict)
		wantData(t, s, "id", data)
		v = next
	}
}
