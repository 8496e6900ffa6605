package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
)

// benchmark calls f with a store of a thousand records of a typical size, and with
// a context like those that the session manager uses.
func benchmark(b *testing.B, f func(ctx context.Context, s *postgres.Store, data string)) {
	s, _ := open(b)
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
	benchmark(b, func(ctx context.Context, s *postgres.Store, _ string) {
		for b.Loop() {
			if _, err := s.Get(ctx, "r500"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkGetParallel(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *postgres.Store, _ string) {
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
	benchmark(b, func(ctx context.Context, s *postgres.Store, data string) {
		versions := []string{data, strings.Replace(data, "x", "y", 1)}
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
	benchmark(b, func(ctx context.Context, s *postgres.Store, _ string) {
		for expires := hourFromNow().Add(time.Hour); b.Loop(); expires = expires.Add(time.Millisecond) {
			if err := s.Touch(ctx, "r500", expires); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkTouchNotForward(b *testing.B) {
	benchmark(b, func(ctx context.Context, s *postgres.Store, _ string) {
		expires := time.Now().Add(time.Minute)
		for b.Loop() {
			if err := s.Touch(ctx, "r500", expires); err != nil {
				b.Fatal(err)
			}
		}
	})
}
