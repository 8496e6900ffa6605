package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/sqlstore/sqlite"
)

// benchmark calls f with a store of a thousand records of a typical size, and
// with a context like those that the session manager uses.
func benchmark(b *testing.B, f func(ctx context.Context, s *sqlite.Store, data string)) {
	s := open(b)
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	data := `{"s":"` + strings.Repeat("x", 584) + `"}`
	for i := range 1000 {
		if _, err := s.Create(ctx, fmt.Sprintf("r%d", i), data, hourFromNow()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	f(ctx, s, data)
}

func BenchmarkGet(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *sqlite.Store, _ string) {
		for b.Loop() {
			if _, err := s.Get(ctx, "r500"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkGetParallel(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *sqlite.Store, _ string) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Get(ctx, "r500"); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

func BenchmarkSave(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *sqlite.Store, data string) {
		versions := []string{data, strings.ToUpper(data)}
		r, err := s.Get(ctx, "r500")
		if err != nil {
			b.Fatal(err)
		}
		base := r.Version
		for i := 1; b.Loop(); i++ {
			if base, err = s.Save(ctx, "r500", versions[i%2], r.Expires, base); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkTouch(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *sqlite.Store, _ string) {
		for expires := hourFromNow().Add(time.Hour); b.Loop(); expires = expires.Add(time.Millisecond) {
			if err := s.Touch(ctx, "r500", expires); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkTouchNotForward(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *sqlite.Store, _ string) {
		expires := time.Now().Add(time.Minute)
		for b.Loop() {
			if err := s.Touch(ctx, "r500", expires); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCreate(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *sqlite.Store, data string) {
		expires := hourFromNow()
		for i := 0; b.Loop(); i++ {
			if _, err := s.Create(ctx, fmt.Sprintf("new%d", i), data, expires); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkCreateBacklog is a create that deletes a full batch as well: what
// the sweep costs a request at most.
func BenchmarkCreateBacklog(b *testing.B) {
	db, s := openDB(b, filepath.Join(b.TempDir(), "sessions.db"), sqlite.Options{})
	data, past, future := strings.Repeat("x", 592), time.Now().Add(-time.Minute), hourFromNow()
	const backlog = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO sessions (sid, expired, sess) SELECT hex(randomblob(16)), ?, ? FROM n`
	execSQL(b, db.Writer(), backlog, past.UnixMilli(), data)
	for i := 0; b.Loop(); i++ {
		if i%300 == 299 {
			b.StopTimer()
			execSQL(b, db.Writer(), backlog, past.UnixMilli(), data)
			b.StartTimer()
		}
		if _, err := s.Create(b.Context(), fmt.Sprintf("new%d", i), data, future); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNotBefore(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *sqlite.Store, _ string) {
		if err := s.SetNotBefore(ctx, "ada", hourFromNow(), time.Time{}); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := s.NotBefore(ctx, "ada"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAddUserSession(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *sqlite.Store, _ string) {
		expires := hourFromNow()
		for i := 0; b.Loop(); i++ {
			if err := s.AddUserSession(ctx, fmt.Sprintf("user%d", i/5), fmt.Sprintf("r%d", i), expires); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAddUserSessionAgain(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *sqlite.Store, _ string) {
		for expires := hourFromNow(); b.Loop(); expires = expires.Add(time.Millisecond) {
			if err := s.AddUserSession(ctx, "ada", "r500", expires); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkUserSessions(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *sqlite.Store, _ string) {
		for i := range 5 {
			if err := s.AddUserSession(ctx, "ada", fmt.Sprintf("r%d", i), hourFromNow()); err != nil {
				b.Fatal(err)
			}
		}
		for b.Loop() {
			for _, err := range s.UserSessions(ctx, "ada") {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
