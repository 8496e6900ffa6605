package mysql_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
)

// benchmark runs f in parallel with a record of its own for each goroutine.
func benchmark(b *testing.B, f func(s *mysql.Store, id string, v store.Version, i int) (store.Version, error)) {
	for _, goroutines := range []int{1, 8} {
		b.Run(fmt.Sprintf("goroutines=%d", goroutines), func(b *testing.B) {
			s := openAt(b, shared.Database(b), mysql.Options{})
			var next atomic.Int64
			b.SetParallelism(goroutines)
			run := func(more func() bool) {
				id := fmt.Sprintf("id%d", next.Add(1))
				v, err := s.Create(b.Context(), id, benchData(0), hourFromNow())
				for i := 1; err == nil && more(); i++ {
					v, err = f(s, id, v, i)
				}
				if err != nil {
					b.Error(err)
				}
			}
			if goroutines == 1 {
				run(b.Loop)
				return
			}
			b.RunParallel(func(pb *testing.PB) { run(pb.Next) })
		})
	}
}

// benchData is a session of 592 bytes.
func benchData(i int) string {
	return fmt.Sprintf(`{"n":"%010d","x":"%s"}`, i, strings.Repeat("x", 567))
}

func BenchmarkGet(b *testing.B) {
	benchmark(b, func(s *mysql.Store, id string, v store.Version, _ int) (store.Version, error) {
		_, err := s.Get(b.Context(), id)
		return v, err
	})
}

func BenchmarkCreate(b *testing.B) {
	benchmark(b, func(s *mysql.Store, id string, _ store.Version, i int) (store.Version, error) {
		return s.Create(b.Context(), fmt.Sprintf("%s-%d", id, i), benchData(i), hourFromNow())
	})
}

func BenchmarkSave(b *testing.B) {
	benchmark(b, func(s *mysql.Store, id string, v store.Version, i int) (store.Version, error) {
		return s.Save(b.Context(), id, benchData(i), hourFromNow(), v)
	})
}

func BenchmarkTouch(b *testing.B) {
	benchmark(b, func(s *mysql.Store, id string, v store.Version, i int) (store.Version, error) {
		return v, s.Touch(b.Context(), id, hourFromNow().Add(time.Duration(i)*time.Second))
	})
}
