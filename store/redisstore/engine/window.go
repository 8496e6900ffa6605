package engine

// windowSize is how many keys a walk remembers.
//
// The server walks its table of keys so that those which come together in one
// place of a smaller table have come one after the other in the larger one. What
// a table that shrinks brings again is therefore among what has come last: as
// many places as the table has become smaller.
const windowSize = 1 << 14

// window remembers the last keys of a walk, two megabytes at most with ids like
// ours.
type window struct {
	seen map[string]struct{}
	ring []string
	next int
}

func newWindow() *window {
	return &window{seen: map[string]struct{}{}}
}

// first reports whether the window has not got the key, and takes it in.
func (w *window) first(key string) bool {
	if _, ok := w.seen[key]; ok {
		return false
	}
	w.seen[key] = struct{}{}
	if len(w.ring) < windowSize {
		w.ring = append(w.ring, key)
		return true
	}
	delete(w.seen, w.ring[w.next])
	w.ring[w.next] = key
	w.next = (w.next + 1) % windowSize
	return true
}
