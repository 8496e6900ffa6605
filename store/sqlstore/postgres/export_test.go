package postgres

// SweepLock returns the number of the advisory lock of the sweep of records.
func (s *Store) SweepLock() int64 { return s.sweep.lock }
