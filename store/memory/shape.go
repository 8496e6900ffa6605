package memory

import (
	"slices"
	"strings"

	"github.com/sojourn-dev/sojourn/internal/pieces"
)

// Records begin with the settings of their cookie, which are longer than what
// many sessions hold, and the same in nearly all of them:
//
//	{"cookie":{"originalMaxAge":null,"expires":null,"secure":false,"httpOnly":true,"path":"/","sameSite":"lax"},"user":"ada"}
//
// Such a beginning is kept once in each part of the store, as a shape. In the
// settings of a cookie that has a lifetime stands an instant, which differs, so
// that the shape has a gap there. All this is about space only: what does not
// look like that is kept whole, and any data comes back byte for byte.
const (
	shapeHead  = `{"cookie":{`
	shapeEnd   = '}'
	instantKey = `"expires":"`
	instantLen = len("2006-01-02T15:04:05.000Z") // of JavaScript's toISOString

	// largestShape is as long as settings may be, in bytes, to be a shape.
	largestShape = 512

	// maxShapes is how many shapes a shard has at once, the numbers from 1 on.
	// An application has a handful. Where it has more, as each session has its
	// own, records with further ones are kept whole until there is room again.
	maxShapes = 64

	// whole is the number of no shape.
	whole = 0
)

// shape is what records have in common: their data is before, an instant if
// there is an after, after, and the rest.
type shape struct{ before, after string }

// gap is the length of what stands between before and after.
func (s shape) gap() int {
	if s.after == "" {
		return 0
	}
	return instantLen
}

// split divides data into the parts of a shape, the instant between them, and
// the rest. All but the rest are empty if data is to be kept whole.
func split(data string) (s shape, instant, rest string) {
	if len(data) > pieces.Longest || !strings.HasPrefix(data, shapeHead) {
		return shape{}, "", data
	}
	end := strings.IndexByte(data[:min(len(data), largestShape)], shapeEnd) + 1
	if end == 0 {
		return shape{}, "", data
	}
	if strings.HasPrefix(data[end:], ",") {
		end++
	}
	settings, rest := data[:end], data[end:]
	if i := strings.Index(settings, instantKey); i >= 0 {
		from := i + len(instantKey)
		if to := from + instantLen; to < end {
			return shape{before: settings[:from], after: settings[to:]}, settings[from:to], rest
		}
	}
	return shape{before: settings}, "", rest
}

// draft is data that is to become a record's. It is made before a lock is taken.
type draft struct {
	id     string
	shape  shape
	shared bool   // the shape's strings are those of shards already
	text   string // for a record with that shape
	data   string // empty if the record came in pieces: shape.before and text are all of it
}

func (s *Store) draft(id, data string) draft {
	if likely := s.likely.Load(); likely != nil && len(data) <= pieces.Longest && strings.HasPrefix(data, likely.before) {
		return draft{id, *likely, true, textOf(id, "", data[len(likely.before):]), data}
	}
	shape, instant, rest := split(data)
	return draft{id, shape, false, textOf(id, instant, rest), data}
}

// draftPieces is draft for data in pieces. It takes the text over if the head is
// what data is divided at here, too.
func (s *Store) draftPieces(p *pieces.Draft) draft {
	if len(p.Head)+len(p.Text)-p.IDLen > pieces.Longest {
		return s.draft(p.ID(), p.Data())
	}
	if likely := s.likely.Load(); likely != nil && likely.before == p.Head {
		return draft{id: p.ID(), shape: *likely, shared: true, text: p.Text}
	}
	if shape, _, rest := split(p.Head); shape.before == p.Head && rest == "" {
		return draft{id: p.ID(), shape: shape, text: p.Text}
	}
	return s.draft(p.ID(), p.Data())
}

// expect takes the shape with that number of a shard for the likely one, if it
// has no gap and ends behind a comma, so that no other begins like it: as most
// records have the same, it need not be looked for in each.
func (s *Store) expect(sh *shard, number uint8) {
	if number == whole {
		return
	}
	found := &sh.shapes[number-1].shape
	if likely := s.likely.Load(); found.after == "" && strings.HasSuffix(found.before, ",") && (likely == nil || likely.before != found.before) {
		s.likely.Store(&shape{before: found.before})
	}
}

// textOf returns the text of an entry. The parts may be pieces of something
// large, such as a request's header, which must not live on.
func textOf(id, instant, rest string) string {
	if instant == "" && rest == "" {
		return strings.Clone(id)
	}
	return id + instant + rest
}

// shapes are the shapes of a shard. That with number n is at n-1.
type shapes []sharedShape

type sharedShape struct {
	shape
	records int // how many have it
}

// settle returns text and shape for a record, and counts the record. It tries
// the shape with number likely first.
func (s *shapes) settle(d *draft, likely uint8) (text string, number uint8) {
	if d.shape.before == "" {
		return d.text, whole
	}
	number = s.find(d.shape, likely)
	if number == whole {
		number = s.add(d)
	}
	if number == whole {
		return d.whole(), whole
	}
	(*s)[number-1].records++
	return d.text, number
}

// whole returns the text for a record without a shape.
func (d *draft) whole() string {
	if d.data == "" {
		return d.id + d.shape.before + d.text[len(d.id):]
	}
	return textOf(d.id, "", d.data)
}

// find returns the number of a shape, or whole.
func (s shapes) find(wanted shape, likely uint8) uint8 {
	if likely != whole && s[likely-1].shape == wanted {
		return likely
	}
	for i := range s {
		if s[i].shape == wanted {
			return uint8(i + 1)
		}
	}
	return whole
}

// add adds the shape of a draft, if there is room, that no record has yet.
func (s *shapes) add(d *draft) (number uint8) {
	i := slices.IndexFunc(*s, func(s sharedShape) bool { return s.records == 0 })
	if i < 0 {
		if i = len(*s); i == maxShapes {
			return whole
		}
		*s = append(*s, sharedShape{})
	}
	(*s)[i].shape = d.shape
	if !d.shared {
		(*s)[i].shape = shape{strings.Clone(d.shape.before), strings.Clone(d.shape.after)}
	}
	return uint8(i + 1)
}

// release takes back that a record has a shape.
func (s *shapes) release(number uint8) {
	if number == whole {
		return
	}
	released := &(*s)[number-1]
	if released.records--; released.records > 0 {
		return
	}
	*released = sharedShape{}
	for n := len(*s); n > 0 && (*s)[n-1].records == 0; n-- {
		*s = (*s)[:n-1]
	}
	if len(*s) == 0 {
		*s = nil
	}
}
