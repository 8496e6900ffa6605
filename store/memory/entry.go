package memory

import (
	"math"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// entry is one record as the table keeps it. Numbers of cells instead of
// pointers keep it small and give the garbage collector less to follow.
type entry struct {
	id, data string
	expires  int64 // Unix nanoseconds
	hash     uint32
	next     uint32 // the cell of the next entry in the same bucket
	newer    uint32 // the cell of the entry used next after this one
	older    uint32 // and of the one used last before it
}

func (e *entry) expired(now time.Time) bool {
	return now.UnixNano() >= e.expires
}

func (e *entry) record() store.Record {
	return store.Record{Data: e.data, Expires: time.Unix(0, e.expires), Version: version(e.data)}
}

// version makes the version of data, which is data itself: that costs nothing
// to make, and comparing a version with the data it came from compares two
// pointers. Only the empty string needs another, as the empty version is none:
// a byte that starts no text, and that therefore has to be put before data
// which starts with it nevertheless.
func version(data string) store.Version {
	const mark = "\xff"
	if data == "" || data[0] == mark[0] {
		return store.Version(mark + data)
	}
	return store.Version(data)
}

// nanos returns t in Unix nanoseconds, and the nearest instant that can be
// told so, in 1970 or 2262, if t lies beyond.
func nanos(t time.Time) int64 {
	switch sec := t.Unix(); {
	case sec < 0:
		return 0
	case sec >= math.MaxInt64/int64(time.Second):
		return math.MaxInt64
	default:
		return t.UnixNano()
	}
}
