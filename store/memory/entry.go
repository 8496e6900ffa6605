package memory

import (
	"math"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// entry is one record as the table keeps it, or one note (see notes). Numbers
// of cells instead of pointers, and one string for all that is text, keep it
// small and give the garbage collector less to follow.
type entry struct {
	text    string // of a record: its id, and what its shape does not say of its data
	expires int64  // Unix nanoseconds
	hash    uint32
	next    uint32 // the cell of the next entry in the same bucket
	newer   uint32 // the cell of the entry used next after this one
	older   uint32 // and of the one used last before it
	head    uint32 // no part of the entry: the first entry of the bucket with this cell's number
	tag     uint16 // tells records of the same hash apart for their notes; 0: it has none
	idLen   uint8  // how much of text is the id
	shape   uint8  // the number of its shape, or whole
}

func (e *entry) id() string { return e.text[:e.idLen] }

func (e *entry) expired(now time.Time) bool {
	return now.UnixNano() >= e.expires
}

// mark begins the versions that are not equal to their data.
const mark = "\xff"

// version makes the version of data, which is data itself: that costs nothing
// to make. Only the empty string needs another, as the empty version is none:
// a byte that starts no text, and that therefore has to be put before data
// which starts with it nevertheless.
func version(data string) store.Version {
	if marked(data) {
		return store.Version(mark + data)
	}
	return store.Version(data)
}

// marked reports whether data is not its own version.
func marked(data string) bool { return data == "" || data[0] == mark[0] }

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
