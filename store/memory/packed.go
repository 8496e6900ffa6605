package memory

import (
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/internal/pieces"
	"github.com/sojourn-dev/sojourn/store"
)

// packed is a record as the store keeps it, taken out of its shard. As strings
// do not change, it can be looked at without a lock.
type packed struct {
	text    string
	shape   shape
	expires int64 // Unix nanoseconds
	idLen   uint8
}

// packed returns the record of cell i.
func (sh *shard) packed(i uint32) packed {
	e := sh.at(i)
	p := packed{text: e.text, expires: e.expires, idLen: e.idLen}
	if e.shape != whole {
		p.shape = sh.shapes[e.shape-1].shape
	}
	return p
}

// id returns the record's id, which does not keep the rest of it in memory.
func (p *packed) id() string { return strings.Clone(p.text[:p.idLen]) }

func (p *packed) expired(now time.Time) bool { return now.UnixNano() >= p.expires }

// own returns the parts of the data that the shape does not say.
func (p *packed) own() (instant, rest string) {
	own := p.text[p.idLen:]
	return own[:p.shape.gap()], own[p.shape.gap():]
}

// record returns the record. It puts the data together in one allocation, or
// none if it was kept whole.
func (p *packed) record() store.Record {
	instant, rest := p.own()
	data := p.shape.before + instant + p.shape.after + rest
	return store.Record{Data: data, Expires: time.Unix(0, p.expires), Version: version(data)}
}

// pieces returns the record as it is kept, if it has a head that pieces.Record
// can have, and in one piece otherwise.
func (p *packed) pieces() pieces.Record {
	if strings.HasSuffix(p.shape.before, ",") && p.shape.after == "" {
		return pieces.Record{Head: p.shape.before, Tail: p.text[p.idLen:], Expires: time.Unix(0, p.expires)}
	}
	r := p.record()
	return pieces.Record{Tail: r.Data, Expires: r.Expires, Version: r.Version}
}

// keeps is pieces for a record that was stored as a draft.
func (p *packed) keeps(d *pieces.Draft) pieces.Record {
	r := p.pieces()
	if r.Head != d.Head {
		return pieces.Record{Version: r.Whole().Version}
	}
	return r
}

// holds reports whether the record is at the version of base.
func (p *packed) holds(base pieces.Record) bool {
	if base.Head == "" {
		return p.is(base.Version)
	}
	if p.shape.after == "" && p.shape.before == base.Head { // the usual case
		return p.text[p.idLen:] == base.Tail
	}
	return p.is(base.Whole().Version)
}

// is reports whether the record's version is v. It does not put the data
// together.
func (p *packed) is(v store.Version) bool {
	instant, rest := p.own()
	begin := p.shape.before
	if begin == "" && marked(rest) {
		begin = mark
	}
	data := string(v)
	for _, part := range [...]string{begin, instant, p.shape.after} {
		var ok bool
		if data, ok = strings.CutPrefix(data, part); !ok {
			return false
		}
	}
	return data == rest
}
