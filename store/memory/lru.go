package memory

// The entries of a table form a ring in the order of their last use, closed by
// cell 0: older than it is the newest entry, newer than it the oldest. Without
// a bound on the number of sessions nobody asks for the order, so that a use
// does not change it and a Get does no more than read.

// attach puts the entry of cell i into the ring as the newest.
func (t *table) attach(i uint32) {
	t.attachAfter(i, t.at(none).older)
}

// attachAfter puts the entry of cell i into the ring as the next newer one than
// that of cell older.
func (t *table) attachAfter(i, older uint32) {
	newer := t.at(older).newer
	t.at(i).older, t.at(i).newer = older, newer
	t.at(older).newer = i
	t.at(newer).older = i
}

// detach takes the entry of cell i out of the ring.
func (t *table) detach(i uint32) {
	e := t.at(i)
	t.at(e.older).newer = e.newer
	t.at(e.newer).older = e.older
}

// oldest returns the cell of the entry that was not used for longest.
func (t *table) oldest() uint32 {
	return t.at(none).newer
}
