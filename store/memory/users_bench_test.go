package memory_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/memory"
)

// fillUsers notes each session, as one of so many of each user.
func fillUsers(b *testing.B, s *memory.Store, ids []string, each int) {
	b.Helper()
	expires := time.Now().Add(time.Hour)
	for i, id := range ids {
		note(b, s, fmt.Sprintf("user%08d", i/each), id, expires)
	}
}

// BenchmarkUserMemory reports what a noted session takes beyond what it takes
// without that, the user's name included, and what is left when it has ended.
func BenchmarkUserMemory(b *testing.B) {
	for _, each := range []int{1, 5, 100_000} {
		b.Run(fmt.Sprint(each), func(b *testing.B) {
			const n = million
			ids := makeIDs(n)
			for b.Loop() {
				s := fill(b, memory.New(memory.Options{}), ids)
				before := heap()
				fillUsers(b, s, ids, each)
				used := heap() - before
				for i, id := range ids {
					if err := s.RemoveUserSession(context.Background(), fmt.Sprintf("user%08d", i/each), id); err != nil {
						b.Fatal(err)
					}
				}
				left := heap() - before
				runtime.KeepAlive(s)
				b.ReportMetric(float64(used)/n, "B/session")
				b.ReportMetric(float64(left)/n, "B/session-after")
			}
			runtime.KeepAlive(ids)
		})
	}
}

// BenchmarkUsers is in a store of a million sessions, of which a hundred
// thousand are one user's and each other is another's.
func BenchmarkUsers(b *testing.B) {
	const n, large = million, 100_000
	s, ids := filled(b, n)
	fillUsers(b, s, ids[:large], large)
	expires := time.Now().Add(time.Hour)
	user := func(i int) string { return fmt.Sprintf("single%08d", i) }
	for i, id := range ids[large:] {
		note(b, s, user(large+i), id, expires)
	}
	ctx := context.Background()
	run := func(name string, op func(i int) error) {
		b.Run(name, func(b *testing.B) {
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				if err := op(i); err != nil {
					b.Fatal(err)
				}
				i = (i + stride) % n
			}
		})
	}
	run("Touch", func(i int) error { return s.Touch(ctx, ids[i], expires) })
	run("NotBefore", func(int) error { _, err := s.NotBefore(ctx, "user00000000"); return err })
	run("Add/large", func(i int) error { return s.AddUserSession(ctx, "user00000000", ids[i%large], expires) })
	run("RemoveAndAdd/large", func(i int) error {
		if err := s.RemoveUserSession(ctx, "user00000000", ids[i%large]); err != nil {
			return err
		}
		return s.AddUserSession(ctx, "user00000000", ids[i%large], expires)
	})
	run("Sessions/one", func(int) error {
		for _, err := range s.UserSessions(ctx, "single00500000") {
			if err != nil {
				return err
			}
		}
		return nil
	})
	run("Sessions/large", func(int) error {
		for _, err := range s.UserSessions(ctx, "user00000000") {
			if err != nil {
				return err
			}
		}
		return nil
	})
}
