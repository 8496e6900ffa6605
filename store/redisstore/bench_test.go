package redisstore_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/redisstore"
	"github.com/sojourn-dev/sojourn/store/redisstore/redistest"
)

// sessionBytes is the size of a session in benchmarks.
const sessionBytes = 592

func sessionData(n int) string {
	text := `{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"n":` + strconv.Itoa(n) + `,"s":"`
	return text + strings.Repeat("x", sessionBytes-len(text)-2) + `"}`
}

// benchmark calls f from 1, 16 and 128 goroutines at once, each with a number that
// no other call has, on a store with a thousand sessions.
func benchmark(b *testing.B, cached bool, f func(ctx context.Context, s *redisstore.Store, n int) error) {
	for _, clients := range []int{1, 16, 128} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			var o redisstore.Options
			if cached {
				o.Cache = redisstore.NewCache(redisstore.CacheOptions{})
			}
			s := open(b, redistest.Start(b).URL(0), o)
			for i := range 1000 {
				if _, err := s.Create(b.Context(), "r"+strconv.Itoa(i), sessionData(0), hourFromNow()); err != nil {
					b.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
			defer cancel()
			var next atomic.Int64
			var all sync.WaitGroup
			b.ResetTimer()
			for range clients {
				all.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if err := f(ctx, s, int(n)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
		})
	}
}

func get(ctx context.Context, s *redisstore.Store, n int) error {
	_, err := s.Get(ctx, "r"+strconv.Itoa(n%1000))
	return err
}

func BenchmarkGet(b *testing.B) { benchmark(b, false, get) }

func BenchmarkGetCached(b *testing.B) { benchmark(b, true, get) }

func BenchmarkCreate(b *testing.B) {
	data := sessionData(0)
	benchmark(b, false, func(ctx context.Context, s *redisstore.Store, n int) error {
		_, err := s.Create(ctx, "new"+strconv.Itoa(n), data, hourFromNow())
		return err
	})
}

func BenchmarkSave(b *testing.B) {
	data := sessionData(0)
	benchmark(b, false, func(ctx context.Context, s *redisstore.Store, n int) error {
		_, err := s.Save(ctx, "r"+strconv.Itoa(n%1000), data, hourFromNow(), store.Version(data))
		return err
	})
}

func BenchmarkTouch(b *testing.B) {
	from := hourFromNow()
	benchmark(b, false, func(ctx context.Context, s *redisstore.Store, n int) error {
		return s.Touch(ctx, "r"+strconv.Itoa(n%1000), from.Add(time.Duration(n)*time.Millisecond))
	})
}

// BenchmarkMemory measures what a session takes of the server's memory.
func BenchmarkMemory(b *testing.B) {
	server := redistest.Start(b)
	s := open(b, server.URL(0), redisstore.Options{})
	used := func() float64 {
		n, err := strconv.Atoi(server.Info("memory", "used_memory"))
		if err != nil {
			b.Fatal(err)
		}
		return float64(n)
	}
	before := used()
	var all sync.WaitGroup
	const sessions = 1 << 16 // a full table of keys
	for part := range 16 {
		all.Go(func() {
			for i := part; i < sessions; i += 16 {
				// 32 characters, as our own ids have.
				if _, err := s.Create(b.Context(), fmt.Sprintf("%032d", i), sessionData(i), hourFromNow()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	bytes := (used() - before) / sessions
	for b.Loop() {
	}
	b.ReportMetric(0, "ns/op") // it is not about time
	b.ReportMetric(bytes, "B/session")
}
