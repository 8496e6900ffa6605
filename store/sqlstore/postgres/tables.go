package postgres

import (
	"context"
	"hash/fnv"

	"github.com/jackc/pgx/v5"
)

// createTables creates what is missing. It looks first, for CREATE needs a
// privilege even where IF NOT EXISTS has nothing to do; and it takes a lock, for
// with IF NOT EXISTS two that create at the same time still collide.
func (s *Store) createTables(ctx context.Context) error {
	return s.retry(ctx, func() error {
		var present bool
		if err := s.pool.QueryRow(ctx, s.sql.present).Scan(&present); err != nil || present {
			return err
		}
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, s.sql.lock, s.key("create")); err != nil {
				return err
			}
			for _, d := range s.sql.definition {
				if _, err := tx.Exec(ctx, d); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// key returns the number of an advisory lock for this purpose and table. There is
// one space of numbers for all that use the database.
func (s *Store) key(purpose string) int64 {
	h := fnv.New64a()
	h.Write([]byte("sojourn\x00" + purpose + "\x00" + s.opts.Schema + "\x00" + s.opts.Table))
	return int64(h.Sum64())
}
