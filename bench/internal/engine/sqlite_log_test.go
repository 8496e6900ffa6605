package engine

import (
	"encoding/binary"
	"testing"
)

// header returns a header of the log's index, twice as it is in the file.
func header(salt, frames uint32) (h [2 * indexHeader]byte) {
	h[12] = 1
	binary.NativeEndian.PutUint16(h[14:], 4096)
	binary.NativeEndian.PutUint32(h[16:], frames)
	binary.NativeEndian.PutUint32(h[20:], 9)
	binary.NativeEndian.PutUint32(h[32:], salt)
	copy(h[indexHeader:], h[:indexHeader])
	return h
}

// What was written before the log began anew counts, and a header that is being
// changed does not.
func TestWriteAheadLog(t *testing.T) {
	t.Parallel()
	var l writeAheadLog
	for _, at := range []struct{ salt, frames uint32 }{{7, 10}, {7, 1000}, {8, 3}, {8, 20}} {
		l.see(header(at.salt, at.frames))
	}
	torn := header(9, 500)
	torn[16]++
	l.see(torn)
	if got, want := l.written(), int64(1020*(4096+24)); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
	if got, want := l.database(), int64(9*4096); got != want {
		t.Errorf("a database of %d bytes, want %d", got, want)
	}
}
