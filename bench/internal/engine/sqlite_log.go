package engine

import "encoding/binary"

// writeAheadLog is what was seen of SQLite's log by looking at the header of its
// index: https://www.sqlite.org/walformat.html
type writeAheadLog struct {
	salt   uint32 // another one each time the log begins anew
	frames uint32 // since then
	page   int64  // its bytes
	pages  uint32 // of the database
	before int64  // bytes of frames before it has begun anew
}

const (
	// indexHeader is how long the header of the index is, which is there twice.
	indexHeader = 48
	// frameHeader is what the log has in front of each page.
	frameHeader = 24
)

// see notes what is in the header. Its two copies are equal, except in the moment in
// which they change.
func (l *writeAheadLog) see(header [2 * indexHeader]byte) {
	if [indexHeader]byte(header[:]) != [indexHeader]byte(header[indexHeader:]) || header[12] == 0 {
		return
	}
	page := int64(binary.NativeEndian.Uint16(header[14:]))
	if page == 1 { // 64 kB do not fit
		page = 1 << 16
	}
	salt, frames := binary.NativeEndian.Uint32(header[32:]), binary.NativeEndian.Uint32(header[16:])
	if salt != l.salt {
		l.before = l.written()
	}
	l.salt, l.frames, l.page, l.pages = salt, frames, page, binary.NativeEndian.Uint32(header[20:])
}

// written returns how many bytes of frames were written.
func (l *writeAheadLog) written() int64 { return l.before + int64(l.frames)*(l.page+frameHeader) }

// database returns how many bytes the database has, with what is in the log only.
func (l *writeAheadLog) database() int64 { return int64(l.pages) * l.page }
