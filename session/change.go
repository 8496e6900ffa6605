package session

import "slices"

// change is one thing that a request did to the session's data. Changes are
// kept so that they can be replayed on a record that somebody else has changed.
type change struct {
	kind   changeKind
	number uint32 // in the order of the request's changes
	name   string
	raw    string     // the value as it was set, or as update made it
	update updateFunc // of updated
}

type changeKind uint8

const (
	set changeKind = iota
	deleted
	updated
	cleared
)

// updateFunc makes a new value, as JSON, of the one that is there.
type updateFunc func(raw string, ok bool) (string, error)

// applyTo makes the change with the value it had when it was made.
func (c change) applyTo(d *document) {
	switch c.kind {
	case deleted:
		d.delete(c.name)
	case cleared:
		d.clear()
	default:
		d.set(c.name, c.raw)
	}
}

// replayOn makes the change on other data, where updates start from the value
// that is there.
func (c change) replayOn(d *document) error {
	if c.kind == updated {
		raw, err := c.update(d.get(c.name))
		if err != nil {
			return err
		}
		c.raw = raw
	}
	c.applyTo(d)
	return nil
}

// appendChange adds a change to a log and drops those that it makes void.
func appendChange(log []change, c change) []change {
	switch c.kind {
	case cleared:
		log = log[:0]
	case set, deleted:
		log = slices.DeleteFunc(log, c.voids)
	}
	return append(log, c)
}

// voids reports whether an earlier change no longer matters after c.
func (c change) voids(earlier change) bool {
	return earlier.name == c.name && earlier.kind != cleared
}

// since returns the changes of a log that were made after number n.
func since(log []change, n uint32) []change {
	i := slices.IndexFunc(log, func(c change) bool { return c.number > n })
	if i < 0 {
		return nil
	}
	return log[i:]
}

// replay makes the changes of a log on d and returns the keys in conflict: set
// or deleted by this request, read by it before, and changed since by somebody
// else.
func replay(d *document, log []change, reads []string, before *document) (conflicts []string, err error) {
	theirs := d.snapshot()
	for _, c := range log {
		if (c.kind == set || c.kind == deleted) && slices.Contains(reads, c.name) {
			was, had := before.get(c.name)
			if is, has := theirs.get(c.name); is != was || has != had {
				conflicts = append(conflicts, c.name)
			}
		}
		if err := c.replayOn(d); err != nil {
			return conflicts, err
		}
	}
	return conflicts, nil
}
